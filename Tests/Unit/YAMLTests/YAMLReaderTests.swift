import JSON
import Testing
import YAML

@Suite("A YAML text", .timeLimit(.minutes(5)))
struct YAMLReaderTests {
    @Test("has documents with the lines on which they start")
    func documents() throws {
        let text = "# first\na: 0x10\n---\n- yes\n- \"yes\"\n"
        let documents = try YAMLReader.documents(in: Array(text.utf8)[...])
        #expect(documents.map(\.line) == [2, 4])
        #expect(documents.map { String(decoding: $0.tree.bytes, as: UTF8.self) } == [#"{"a":16}"#, #"[true,"yes"]"#])
    }

    @Test(
        "is refused with the line if it cannot be parsed",
        arguments: [
            ("a: 1\na: 2", 2, "appears twice"), ("a:\n  - [1\n", 2, "malformed YAML"), ("a: *b", 1, "undefined alias"),
            ("a: 1\n? [x]\n: 2", 2, "a key must be a string"),
        ]
    )
    func errors(_ text: String, _ line: Int, _ reason: String) {
        let error = #expect(throws: YAMLError.self) { try YAMLReader.documents(in: Array(text.utf8)[...]) }
        #expect(error?.line == line)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test("cannot grow without limit through aliases")
    func aliases() {
        var text = "a0: &a0 [\(String(repeating: "x, ", count: 100))]\n"
        for level in 1...9 {
            text += "a\(level): &a\(level) [\(String(repeating: "*a\(level - 1), ", count: 10))]\n"
        }
        let error = #expect(throws: YAMLError.self) { try YAMLReader.documents(in: Array(text.utf8)[...]) }
        #expect(error?.reason == "aliases expand to too much text")
    }
}

@Suite("The lines in a YAML text", .timeLimit(.minutes(5)))
struct YAMLLinesTests {
    private static let text = """
        # a comment
        a:
          - x
          - {b: 1,
             c: 2}
        base: &base {inner: 1}
        copy: *base
        merged:
          <<: *base
          own: 2
        ---
        other: 1

        more: {yes: no}
        """

    private static let places: [(Int, [YAMLLines.Step], Int)] = [
        (0, [], 2), (0, [.key("a")], 2), (0, [.key("a"), .index(1)], 4),
        (0, [.key("a"), .index(1), .key("c")], 5), (0, [.key("a"), .index(9)], 2), (0, [.key("missing")], 2),
        (0, [.key("copy"), .key("inner")], 7), (0, [.key("merged"), .key("inner")], 8),
        (0, [.key("merged"), .key("own")], 10), (1, [.key("more")], 14), (1, [.key("more"), .key("true")], 14),
        (2, [], 1),
    ]

    @Test("are those of keys, or of the nearest parent node", arguments: places)
    func lines(_ document: Int, _ path: [YAMLLines.Step], _ line: Int) {
        #expect(YAMLLines(of: Array(Self.text.utf8)[...]).line(document: document, path) == line)
    }
}
