import JSON
import Testing

@Suite("A tree", .timeLimit(.minutes(5)))
struct JSONTreeTests {
    private func tree(_ text: String) throws -> JSONTree { try JSONTree(parsing: text.utf8) }

    private func text(_ tree: JSONTree) -> String { String(decoding: tree.bytes, as: UTF8.self) }

    @Test(
        "preserves its text, byte for byte",
        arguments: [
            "1.0", "1e3", "1E+3", "-0", "-0.0e-0", "12345678901234567890123", "1e400", "0.10000000000000000000001",
            #""\u00e9""#, #""é""#, #""\ud83d\ude00""#, #""😀""#, #""\ud800""#, #""\udc00x""#, #""\/""#, #""\u0041""#,
            #""\u00E9""#, #"{"b":1,"a":2}"#, #"{"a":1,"a":2}"#, #"{"\u0061":1,"":[]}"#, "[]", "{}",
            #"[[{"a":[null]}]]"#,
            "true", "false", "null", "\"\u{7f}\u{2028}\"", "\"e\u{301}\"",
        ]
    )
    func lexemes(document: String) throws {
        #expect(try tree(document).bytes == Array(document.utf8))
        #expect(try tree(tree(document).pretty).bytes == Array(document.utf8))
    }

    @Test("drops only white space")
    func whiteSpace() throws {
        #expect(text(try tree(" \t\r\n{ \"a b\" : [ 1 , \" x \" ] }\n")) == #"{"a b":[1," x "]}"#)
    }

    @Test("is pretty-printed with two spaces per level")
    func pretty() throws {
        let expected = """
            {
              "a": [
                1,
                {
                  "b": "c"
                }
              ],
              "none": [],
              "nothing": {},
              "last": null
            }
            """
        #expect(try tree(#"{"a":[1,{"b":"c"}],"none":[],"nothing":{},"last":null}"#).pretty == expected)
    }

    @Test(
        "decodes strings",
        arguments: [
            (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{c}\n\r\tz"), (#""\u00e9\u00C9é""#, "éÉé"),
            (#""\ud83d\ude00!""#, "😀!"), (#""x\uD83D\uDE00\u0041""#, "x😀A"), (#""\u0000""#, "\0"), (#""""#, ""),
            (#""\ud800""#, "\u{fffd}"), (#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"), (#""\ud83dx""#, "\u{fffd}x"),
        ]
    )
    func meaning(lexeme: String, expected: String) throws {
        #expect(try tree(lexeme).string.map { Array($0.utf8) } == Array(expected.utf8))
    }

    @Test(
        "is equal if it means the same, with strings compared by bytes",
        arguments: [
            (#""\u0061""#, #""a""#, true), (#"{"\u0061":1}"#, #"{"a":1}"#, true), ("1.0", "1", false),
            (#"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#, false), ("\"e\u{301}\"", "\"\u{e9}\"", false),
            ("{\"e\u{301}\":1}", "{\"\u{e9}\":1}", false), ("null", "false", false), ("[]", "{}", false),
        ]
    )
    func equality(left: String, right: String, areEqual: Bool) throws {
        #expect(try (tree(left) == tree(right)) == areEqual)
    }

    @Test(
        "reports the line and the reason if a document is invalid",
        arguments: [
            ("", 1, "ends in the middle"), ("\n\n", 3, "ends in the middle"),
            ("{\n\"a\": 1,\n}", 3, "name is expected"),
            ("[1\n,\n\n2,]", 4, "starts with ']'"), ("[1\n2]", 2, "',' or ']' is expected, not '2'"),
            ("{\"a\"\n 1}", 2, "':' is expected after the name \"a\", not '1'"), ("\n\"a", 2, "does not end"),
            ("{\"a\":1\n\"b\":2}", 2, "',' or '}' is expected"), ("[\n\"a\nb\"]", 2, "control character"),
            ("[\n\"\\x\"]", 2, "'\\x' is not an escape"), ("\"\\", 1, "the end"), ("[1]\n[2]", 2, "something follows"),
            ("\"\\u12g4\"", 1, "four hexadecimal digits"), ("\"\\u12", 1, "four hexadecimal digits"),
            ("[\n1.]", 2, "digit is expected"), ("-", 1, "digit is expected"), ("1e+", 1, "digit is expected"),
            ("01", 1, "something follows"), ("{1:2}", 1, "name is expected"), ("\n\nhello", 3, "starts with 'h'"),
            ("[nul]", 1, "starts with 'n'"), ("{\"a\":é}", 1, "starts with 'é'"),
        ]
    )
    func errors(document: String, line: Int, reason: String) throws {
        let error = #expect(throws: JSONError.self) { try tree(document) }
        let message = try #require(error?.description)
        #expect(message.hasPrefix("malformed JSON in line \(line): ") && message.contains(reason))
    }

    @Test(
        "refuses invalid UTF-8",
        arguments: [[0x22, 0xff, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xc3]]
    )
    func encoding(bytes: [UInt8]) {
        #expect(throws: JSONError.malformedLine(1, "the text is not UTF-8")) { try JSONTree(parsing: bytes) }
    }

    @Test("reads, sets and removes members by name and path")
    func members() throws {
        var object = try tree(#"{"a":{"b":[1.0]},"c":"d"}"#)
        #expect(object["c"]?.string == "d")
        #expect(object[path: ["a", "b"]]?.elements == [.literal("1.0")])
        #expect(object[path: ["c", "b"]] == nil)
        object["c"] = .object(["new": .string("x\ny")])
        object[path: ["a", "z"]] = .null
        object[path: ["missing", "z"]] = .null
        object[path: ["a", "b"]] = nil
        object["absent"] = nil
        #expect(text(object) == #"{"a":{"z":null},"c":{"new":"x\ny"}}"#)
        object[path: []] = .array([])
        object["a"] = .null
        #expect(text(object) == "[]")
    }
}
