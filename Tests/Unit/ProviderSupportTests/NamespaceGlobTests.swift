import ProviderSupport
import Testing

@Suite("A pattern for namespace names", .timeLimit(.minutes(5)))
struct NamespaceGlobTests {
    @Test(
        "matches whole names, quickly",
        arguments: [
            ("*", "", true), ("*", "ns", true), ("a*b*c", "abc", true), ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "abcd", false),
            ("?", "", false), ("a?c", "abc", true), ("", "", true), ("abc", "ab", false), ("*a", "ba", true),
            ("*a", "ab", false),
            (String(repeating: "*a", count: 30) + "b", String(repeating: "a", count: 63), false),
        ]
    )
    func matching(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(NamespaceGlob(pattern).matches(name) == matches)
    }

    @Test("has precedence if it has more literal text before its first wildcard or in total")
    func order() {
        let texts = ["*", "a*", "team-*", "team-a*", "team-*-x", "*-prod", "team-?", "b*"]
        let sorted = texts.map { NamespaceGlob($0) }.sorted(by: NamespaceGlob.isMoreSpecific).map(\.text)
        #expect(sorted == ["team-a*", "team-*-x", "team-*", "team-?", "a*", "b*", "*-prod", "*"])
    }

    @Test(
        "matches a single name without a wildcard",
        arguments: [("a", true), ("a*", false), ("?", false), ("", true)]
    )
    func literal(_ pattern: String, _ isLiteral: Bool) {
        #expect(NamespaceGlob(pattern).isLiteral == isLiteral)
    }
}
