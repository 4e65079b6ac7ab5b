import NIOCore
import Testing

@testable import Kubernetes

extension LineSplitter.Line {
    var text: String {
        switch self {
        case .whole(let bytes): String(buffer: bytes)
        case .tooLong(let line): "\(line.type ?? "?") \(line.object.name)@\(line.object.resourceVersion ?? "?")"
        }
    }
}

@Suite("Lines", .timeLimit(.minutes(5)))
struct LineSplitterTests {
    private func split(_ parts: [String], limit: Int = 100) throws -> (lines: [String], isEmpty: Bool) {
        var splitter = LineSplitter(limit: limit)
        var lines: [String] = []
        for part in parts {
            splitter.append(ByteBuffer(string: part))
            while let line = try splitter.next() { lines.append(line.text) }
        }
        return (lines, splitter.isEmpty)
    }

    @Test(
        "are split at line feeds, however the bytes arrive",
        arguments: [
            (["a\nb\n"], ["a", "b"], true), (["a", "\n", "b", "\n"], ["a", "b"], true), (["\n\n", "a\n"], ["a"], true),
            (["a\nb"], ["a"], false), ([""], [], true), (["ab", "cd", "ef\ngh", "\n"], ["abcdef", "gh"], true),
            (["a\r\n"], ["a\r"], true), (["12345\n1", "2\n123456", "7\n8\n"], ["12345", "12", "1234567", "8"], true),
        ]
    )
    func lines(parts: [String], expected: [String], isEmpty: Bool) throws {
        let result = try split(parts)
        #expect(result.lines == expected)
        #expect(result.isEmpty == isEmpty)
    }

    private static let long =
        #"{"type":"MODIFIED","object":{"kind":"X","metadata":{"annotations":{"name":"no","a":"\#(String(repeating: "x", count: 200))"},"#
        + #""name":"big","namespace":"n","labels":{"l":"\"}"},"resourceVersion":"77"},"metadata":{"name":"second"}}}"#

    @Test("that are too long are reported and skipped, however the bytes are divided", arguments: [1, 2, 7, 100, 1000])
    func tooLong(step: Int) throws {
        let bytes = Array("ab\n\(Self.long)\ncd\n\(Self.long)\n".utf8)
        let parts = stride(from: 0, to: bytes.count, by: step).map {
            String(decoding: bytes[$0..<min($0 + step, bytes.count)], as: UTF8.self)
        }
        let skipped = "MODIFIED n/big@77"
        let result = try split(parts)
        #expect(result.lines == ["ab", skipped, "cd", skipped])
        #expect(result.isEmpty)
    }

    @Test("may be as long as the limit, but not longer")
    func limit() throws {
        #expect(try split(["12345\n"], limit: 5).lines == ["12345"])
        #expect(try split(["123", "45", "\n"], limit: 5).lines == ["12345"])
        #expect(try split(["123456\na\n"], limit: 5).lines == ["? unknown@?", "a"])
        let unfinished = try split(["123", "456"], limit: 5)
        #expect(unfinished.lines == [] && !unfinished.isEmpty)
        let endless = Array(repeating: "12345", count: 65)
        #expect(throws: KubernetesError.answerTooLarge(limit: 320)) { try split(endless, limit: 5) }
    }
}
