import Testing

@testable import FederationProfiles

@Suite("A shape", .timeLimit(.minutes(5)))
struct ShapeTests {
    private static let matches: [(shape: String, text: String, found: String?)] = [
        ("{*}", "a", "a"), ("{*}", "", nil), ("{*}", "a/b", nil), ("{**}", "a/b", "a/b"), ("{**}", "é", "é"),
        ("fdrl_{*}", "fdrl_1", "fdrl_1"), ("fdrl_{*}", "fdrl_", nil), ("fdrl_{*}", "xfdrl_1", nil),
        ("{*}@{p*}.example", "a@b.example", "b"), ("{*}@{p*}.example", "a@b.example.example", "b.example"),
        ("{*}@{p*}.example", "a@b@c.example", "b@c"), ("{*}@{p*}.example", "a/b@c.example", nil),
        ("{**}/{last*}", "a/b/c", "c"), ("{first*}/{**}", "a/b/c", "a"), ("{**}/{rest**}", "a/b/c", "b/c"),
        ("{**}-{name*}", "a-é-c", "é-c"),
        // The first piece has to extend further, because the second one cannot contain a slash.
        ("{**}x{*}y", "axb/xcy", "axb/xcy"),
        ("projects/{**}/providers/{**}", "projects/ / /providers/x", "projects/ / /providers/x"),
        ("a{*}b", "ab", nil), ("a{*}b", "aab", "aab"), ("a{*}b", "aXbX", nil), ("{*}aa", "aaa", "aaa"),
    ]

    @Test("finds its named piece, or the whole text", arguments: matches)
    func matching(_ shape: String, _ text: String, _ found: String?) throws {
        #expect(try Shape(parsing: shape).match(text) == found)
    }

    private static let malformed: [(String, String)] = [
        ("plain", "needs a piece"), ("", "needs a piece"), ("{*", "no closing brace"), ("{}", "a piece is"),
        ("{***}", "a piece is"), ("{*a}", "a piece is"), ("{a-b*}", "letters and digits"), ("{*}{**}", "between them"),
        ("{a*}/{b*}", "only one piece"), (String(repeating: "{*}/", count: 17), "at most 16 pieces"),
        (String(repeating: "x", count: 254) + "{*}", "at most 256 bytes"),
    ]

    @Test("is refused with the reason if it is malformed", arguments: malformed)
    func errors(_ text: String, _ reason: String) {
        let error = #expect(throws: ShapeError.self) { try Shape(parsing: text) }
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test(
        "takes no longer for adversarial texts",
        arguments: [
            (String(repeating: "{**}a", count: 16) + "b", String(repeating: "a", count: 2100)),
            (String(repeating: "{*}aaaaaaaaaaaa", count: 16), String(repeating: "a", count: 2099) + "b"),
            ("{**}" + String(repeating: "a", count: 251), String(repeating: "a", count: 2099) + "b"),
        ]
    )
    func hostile(_ shape: String, _ text: String) throws {
        let shape = try Shape(parsing: shape)
        // Backtracking would take longer than the age of the universe.
        let duration = ContinuousClock().measure { #expect(shape.match(text) == nil) }
        #expect(duration < .seconds(2))
    }

    @Test("takes time proportional to the length of the text")
    func linear() throws {
        let shape = try Shape(parsing: String(repeating: "{**}a", count: 16) + "b")
        /// The shortest of several measurements, which other load on the machine can only make longer.
        func steps(_ length: Int) -> Duration {
            let text = String(repeating: "a", count: length)
            let durations = (0..<10).map { _ in
                ContinuousClock().measure { #expect(shape.match(text) == nil) }
            }
            return durations.min() ?? .zero
        }
        let (short, long) = (steps(500), steps(4000))
        // The text is eight times as long; a quadratic matcher would take 64 times as long.
        #expect(long < short * 32)
    }
}
