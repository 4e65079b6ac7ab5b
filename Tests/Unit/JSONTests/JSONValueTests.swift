import JSON
import Testing

@Suite("Views of a parsed document", .timeLimit(.minutes(5)))
struct JSONValueTests {
    private static let document = #"""
        {"null": null, "yes": true, "no": false, "int": -7, "float": 1.5, "text": "a", "empty": "",
         "list": [1, [2, {"deep": "found"}], []], "object": {"b": 1, "a": 2}, "": "no name",
         "esc\u0061ped": "line\nbreak \"quoted\" \\ \/ \u00e9 \ud83d\ude00 \u0000.", "ключ": "значение 🙂"}
        """#

    private func view<Result>(_ text: String = document, _ body: (JSONValue) throws -> Result) throws -> Result {
        try JSONParser().parse(Array(text.utf8), body)
    }

    @Test(
        "know their kind",
        arguments: [
            ("null", JSONValue.Kind.null), ("yes", .bool), ("no", .bool), ("int", .number), ("float", .number),
            ("text", .string), ("empty", .string), ("list", .array), ("object", .object),
        ]
    )
    func kinds(key: String, expected: JSONValue.Kind) throws {
        #expect(try view { $0.member(key)?.kind } == expected)
        #expect(try view { $0.member(key)?.isNull } == (expected == .null))
    }

    @Test("find a member by its full name", arguments: 0...20)
    func names(length: Int) throws {
        let name = String("abcdefghijklmnopqrstuvwxyz".prefix(length))
        let others = (0..<length).map { place in
            String(name.utf8.enumerated().map { Character(Unicode.Scalar($0 == place ? UInt8(ascii: "#") : $1)) })
        }
        let document = "{\((others + [name]).map { "\"\($0)\":\"\($0)\"" }.joined(separator: ","))}"
        for key in others + [name] { #expect(try view(document) { $0.member(key)?.string } == key) }
        #expect(try view(document) { $0.member(name + "z")?.string } == nil)
    }

    @Test(
        "decode strings",
        arguments: [
            ("text", "a"), ("empty", ""), ("", "no name"), ("ключ", "значение 🙂"),
            ("escaped", "line\nbreak \"quoted\" \\ / é 😀 \0."),
        ]
    )
    func strings(key: String, expected: String) throws {
        #expect(try view { $0.member(key)?.string } == expected)
        #expect(try view { $0.member(key)?.text.map { $0 == expected } } == true)
        #expect(try view { $0.member(key)?.text.map { $0 == expected + "x" } } == false)
        #expect(try view { $0.member(key)?.text?.isEmpty } == expected.isEmpty)
    }

    @Test("compare text by bytes")
    func noNormalisation() throws {
        try view(#"{"e\u0301": "e\u0301"}"#) { root in
            let text = try #require(root["e\u{301}"]?.text)
            #expect(text == "e\u{301}")
            #expect(!(text == String("\u{e9}")))
            #expect(root.member("\u{e9}") == nil)
        }
    }

    @Test(
        "read 64-bit integers",
        arguments: [
            ("0", 0), ("-7", -7), ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
            ("9223372036854775808", nil), ("18446744073709551615", nil), ("1.0", nil), ("1e3", nil), ("true", nil),
            (#""1""#, nil), ("null", nil), ("[1]", nil),
        ]
    )
    func numbers(text: String, expected: Int64?) throws {
        #expect(try view(text) { $0.int } == expected)
    }

    @Test("read booleans", arguments: [("true", true), ("false", false), ("0", nil), ("\"true\"", nil), ("null", nil)])
    func booleans(text: String, expected: Bool?) throws {
        #expect(try view(text) { $0.bool } == expected)
    }

    @Test("find members at any depth, and return nil for a path that does not exist")
    func paths() throws {
        try view { root in
            #expect(root["object"]?["a"]?.int == 2)
            #expect(root["object"]?["c"] == nil)
            #expect(root["text"]?["a"] == nil)
            #expect(root["list"]?["0"] == nil)
            #expect(root["null"]?["a"] == nil)
            let inner = try #require(root["list"]?.elements.dropFirst().first { _ in true })
            #expect(inner.elements.map { $0["deep"]?.string } == [nil, "found"])
        }
    }

    @Test("return elements and members in order, and none for a value of another kind")
    func iteration() throws {
        try view { root in
            #expect(root["object"]?.members.map(\.key.string) == ["b", "a"])
            #expect(root["object"]?.members.map(\.value.int) == [1, 2])
            #expect(root["list"]?.elements.map(\.kind) == [.number, .array, .array])
            for key in ["null", "yes", "int", "float", "text", "object"] {
                #expect(root.member(key)?.elements.contains { _ in true } == false)
            }
            for key in ["null", "yes", "int", "float", "text", "list"] {
                #expect(root.member(key)?.members.contains { _ in true } == false)
            }
        }
        #expect(try view("[]") { $0.elements.map(\.kind) } == [])
        #expect(try view("{}") { $0.members.map(\.key.string) } == [])
    }

    @Test("are nil for a value of another kind", arguments: ["null", "true", "1", "[]", "{}"])
    func wrongKind(text: String) throws {
        #expect(try view(text) { $0.string } == nil)
        #expect(try view(text) { $0.text == nil })
    }

    @Test("find the first of two members with the same name")
    func duplicates() throws {
        #expect(try view(#"{"a": 1, "a": 2}"#) { $0["a"]?.int } == 1)
        #expect(try view(#"{"a": 1, "a": 2}"#) { $0.members.map(\.value.int) } == [1, 2])
    }
}
