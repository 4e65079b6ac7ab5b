import JSON
import NIOCore
import TestSupport
import Testing

@testable import Kubernetes

@Suite("A list that is split into its objects", .timeLimit(.minutes(5)))
struct ListSplitterTests {
    private struct Pieces: Equatable {
        var parts: [String] = []
        var envelope = ""
        /// The maximum number of bytes that were held.
        var held = 0
    }

    private static func split(_ text: String, step: Int = .max, limit: Int = 1000) throws -> Pieces {
        var splitter = ListSplitter(limit: limit)
        var pieces = Pieces()
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: min(step, max(bytes.count, 1))) {
            splitter.append(ByteBuffer(bytes: bytes[start..<min(bytes.count, start + min(step, bytes.count))]))
            while let part = try splitter.next() {
                switch part {
                case .object(let bytes): pieces.parts.append(String(buffer: bytes))
                case .tooLarge(let object): pieces.parts.append("\(object.name)@\(object.resourceVersion ?? "?")")
                }
            }
            pieces.held = max(pieces.held, splitter.heldBytes)
        }
        pieces.envelope = String(buffer: try splitter.end())
        return pieces
    }

    private static let objects = [
        #"{}"#, #"{ "a" : [ {"b":"}]"} , "\"{[" ] }"#, #"{"a":"\\","items":[{"c":1}],"metadata":{}}"#,
        #"{"é":"\u007d\\\""}"#,
    ]

    private static let big =
        #"{"metadata":{"a":"\#(String(repeating: "x", count: 500))","name":"big","resourceVersion":"7"}}"#

    private static let lists: [(text: String, parts: [String], envelope: String)] = [
        (#"{"metadata":{"continue":"t"},"items":[]}"#, [], #"{"metadata":{"continue":"t"},"items":[]}"#),
        (#"{"items":[\#(objects.joined(separator: ","))],"a":[1]}"#, objects, #"{"items":[],"a":[1]}"#),
        (
            " { \"a\":{\"items\":[{}]}, \"items\" \n:\t[ \r\n\(objects.joined(separator: " ,\n"))\t] , \"metadata\":{}}\n",
            objects, " { \"a\":{\"items\":[{}]}, \"items\" \n:\t[] , \"metadata\":{}}\n"
        ),
        (#"{"b":"\"items\":[{","items":[{"x":"]"}]}"#, [#"{"x":"]"}"#], #"{"b":"\"items\":[{","items":[]}"#),
        (#"{"\"items":[{}],"items":[{"x":1}]}"#, [#"{"x":1}"#], #"{"\"items":[{}],"items":[]}"#),
    ]

    @Test("has the same result however its bytes are divided", arguments: lists, [1, 2, 3, 5, 17, .max])
    private func steps(list: (text: String, parts: [String], envelope: String), step: Int) throws {
        let pieces = try Self.split(list.text, step: step)
        #expect(pieces.parts == list.parts)
        #expect(pieces.envelope == list.envelope)
        let count = try JSONParser().parse(Array(list.text.utf8)) {
            $0["items"]?.elements.reduce(0) { sum, _ in sum + 1 }
        }
        #expect(count == list.parts.count, "the parser finds as many")
    }

    @Test("reports an object that is too large by name, and does not keep it", arguments: [1, 10, 100, .max])
    func tooLarge(step: Int) throws {
        let pieces = try Self.split(#"{"items":[{"a":1},\#(Self.big),{"b":2}]}"#, step: step, limit: 100)
        #expect(pieces.parts == [#"{"a":1}"#, "big@7", #"{"b":2}"#])
        if step <= 100 { #expect(pieces.held <= 100 + step) }
    }

    @Test("may have an object as large as the limit")
    func limit() throws {
        let list = #"{"items":[\#(Self.big)]}"#
        #expect(try Self.split(list, limit: Self.big.utf8.count).parts == [Self.big])
        #expect(try Self.split(list, limit: Self.big.utf8.count - 1).parts == ["big@7"])
    }

    @Test("does not end before its last byte")
    func cut() throws {
        let text = Self.lists[1].text
        for length in 0..<text.utf8.count {
            let start = String(decoding: text.utf8.prefix(length), as: UTF8.self)
            #expect(throws: KubernetesError.self, "\(length) bytes") { try Self.split(start) }
        }
    }

    @Test(
        "must have objects that are separated by commas, once",
        arguments: [
            #"{"items":[1]}"#, #"{"items":["a"]}"#, #"{"items":[null]}"#, #"{"items":[[]]}"#, #"{"items":[,{}]}"#,
            #"{"items":[{},]}"#, #"{"items":[{},,{}]}"#, #"{"items":[{}{}]}"#, #"{"items":[{}}"#,
            #"{"items":[{}],"items":[{}]}"#, #"{"items":null}"#, #"{"items":{}}"#, #"{"metadata":{}}"#, "[]", "{}", "",
            #"[{"items":[{}]}]"#, #"{"\u0069tems":[{}]}"#,
        ]
    )
    func malformed(text: String) {
        #expect(throws: KubernetesError.self) { try Self.split(text) }
    }

    @Test(
        "leaves malformed JSON to the parser, inside and outside of objects",
        arguments: [
            #"{"items":[{"a":]]}"#, #"{"items":[{"a" 1}]}"#, #"{"items":[]}}"#, #"{"items":[]}x"#, #"{"items":[]} {}"#,
            #"{"a""items":[]}"#, #"{x,"items":[]}"#,
        ]
    )
    func leftToParser(text: String) throws {
        #expect(throws: (any Error).self) {
            let pieces = try Self.split(text)
            for part in pieces.parts + [pieces.envelope] { try JSONParser().parse(Array(part.utf8)) { _ in } }
        }
    }

    @Test("has limited text around its objects")
    func envelope() {
        let padding = String(repeating: "x", count: 70_000)
        #expect(throws: KubernetesError.self) { try Self.split(#"{"a":"\#(padding)","items":[]}"#) }
        #expect(throws: KubernetesError.self) { try Self.split(#"{"items":[],"a":"\#(padding)"}"#) }
    }

    @Test("is held one object at a time, however long it is")
    func memory() throws {
        let object = #"{"a":"\#(String(repeating: "x", count: 80))"}"#
        let list = #"{"items":[\#(Array(repeating: object, count: 2000).joined(separator: ","))]}"#
        let pieces = try Self.split(list, step: 64)
        #expect(pieces.parts.count == 2000)
        #expect(pieces.held <= object.utf8.count + 64)
    }
}
