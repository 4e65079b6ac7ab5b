import Testing

@testable import Diagnosis

@Suite("The Warning header", .timeLimit(.minutes(5)))
struct WarningHeaderTests {
    @Test(
        "is parsed",
        arguments: [
            ("", []), (#"299 - "one""#, ["one"]), (#"299 - "one, two", 299 - "three""#, ["one, two", "three"]),
            (#"299 - "say \"hi\" \\""#, [#"say "hi" \"#]), (#"299 - "cut"#, []),
        ]
    )
    func reading(header: String, texts: [String]) {
        #expect(WarningHeader.texts(header) == texts)
    }
}
