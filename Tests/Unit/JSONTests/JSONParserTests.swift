import Testing

@testable import JSON

@Suite("The parser", .timeLimit(.minutes(5)))
struct JSONParserTests {
    private func nested(_ depth: Int) -> [UInt8] {
        Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }

    @Test("accepts documents up to its maximum depth and refuses deeper ones")
    func depth() throws {
        let maximum = JSONParser.maximumDepth
        #expect(maximum == 256)
        #expect(try JSONParser().parse(nested(maximum)) { $0.kind } == .array)
        #expect(throws: JSONError.self) { try JSONParser().parse(nested(maximum + 1)) { _ in } }
        #expect(throws: JSONError.self) { try JSONParser().parse(nested(100_000)) { _ in } }
    }

    @Test("counts empty and non-empty objects alike", arguments: ["{}", "{ }", "[]", #"{"b":"c"}"#])
    func depthOfObjects(innermost: String) throws {
        func document(_ depth: Int) -> [UInt8] {
            let around = String(repeating: #"{"a":"#, count: depth - 1)
            return Array((around + innermost + String(repeating: "}", count: depth - 1)).utf8)
        }
        #expect(try JSONParser().parse(document(JSONParser.maximumDepth)) { $0.kind } == .object)
        #expect(throws: JSONError.self) { try JSONParser().parse(document(JSONParser.maximumDepth + 1)) { _ in } }
    }

    @Test("has the same maximum depth as the tree")
    func depthOfTree() throws {
        let maximum = JSONParser.maximumDepth
        #expect(try JSONTree(parsing: nested(maximum)).bytes == nested(maximum))
        #expect(throws: JSONError.self) { try JSONTree(parsing: nested(maximum + 1)) }
        #expect(throws: JSONError.self) { try JSONTree(parsing: nested(100_000)) }
    }

    @Test(
        "reports what is wrong with invalid JSON",
        arguments: [
            "", " \n", "{", "[1,]", "{\"a\"}", "nul", "\"\u{1}\"", "hello", "{} {}", "1e400", "\0\0\0\0", #""\x""#,
            "'a'",
            "123456789012345678901234567890", #""\ud800""#, "{a:1}", "NaN", "01", "+1",
        ]
    )
    func bad(text: String) throws {
        let error = #expect(throws: JSONError.self) { try JSONParser().parse(Array(text.utf8)) { _ in } }
        let message = try #require(error?.description)
        #expect(message.hasPrefix("malformed JSON: ") && message.count > 20)
    }

    @Test("refuses invalid UTF-8", arguments: [[0x22, 0xff, 0x22], [0x22, 0xc3, 0x22], [0xff, 0xfe, 0x7b, 0]])
    func encoding(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONParser().parse(bytes) { _ in } }
    }

    @Test("can be reused after an invalid document and after an error of its caller")
    func reuse() throws {
        let parser = JSONParser()
        #expect(throws: JSONError.self) { try parser.parse(Array("[1,".utf8)) { _ in } }
        #expect(throws: CancellationError.self) {
            try parser.parse(Array("[]".utf8)) { _ in throw CancellationError() }
        }
        for number in 1...3 {
            #expect(try parser.parse(Array("[\(number)]".utf8)) { $0.elements.map(\.int) } == [Int64(number)])
        }
    }

    @Test("keeps memory for usual documents and releases it after a large one")
    func memory() throws {
        let parser = JSONParser()
        #expect(parser.capacity == 0)
        _ = try parser.parse(Array("[1]".utf8)) { _ in }
        let small = parser.capacity
        #expect(small >= 3 && small <= JSONParser.largestKeptDocument)

        let large = Array("\"\(String(repeating: "x", count: JSONParser.largestKeptDocument))\"".utf8)
        let capacity = try parser.parse(large) { root in
            #expect(root.text?.utf8.count == JSONParser.largestKeptDocument)
            return parser.capacity
        }
        #expect(capacity >= large.count)
        #expect(parser.capacity == 0)

        #expect(throws: JSONError.self) { try parser.parse(large.dropLast() + []) { _ in } }
        #expect(parser.capacity == 0)
        #expect(throws: CancellationError.self) { try parser.parse(large) { _ in throw CancellationError() } }
        #expect(parser.capacity == 0)
        #expect(try parser.parse(Array("[1]".utf8)) { $0.elements.map(\.int) } == [1])
    }

    @Test("parses padded input in place, whatever the padding contains")
    func padded() throws {
        let document = Array(#"{"a": [true, "b"]}"#.utf8)
        for filler in [UInt8(ascii: "]"), UInt8(ascii: "\""), 0, 0xff] {
            let bytes = document + [UInt8](repeating: filler, count: JSONParser.padding)
            try bytes.withUnsafeBytes { bytes in
                let text = try JSONParser().parse(.init(rebasing: bytes[..<document.count]), padded: true) { root in
                    root["a"]?.elements.compactMap(\.string)
                }
                #expect(text == ["b"])
            }
        }
    }
}
