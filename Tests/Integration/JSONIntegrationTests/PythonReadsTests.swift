import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("JSON and base64, compared with Python", .timeLimit(.minutes(1)))
struct PythonReadsTests {
    private func write(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return writer.string
    }

    @Test("are valid or invalid as the tests of JSON expect")
    func python() async throws {
        let script = """
            import json, sys
            def valid(text):
                try:
                    json.loads(text)
                    return True
                except ValueError:
                    return False
            json.dump([valid(text) for text in json.load(sys.stdin)], sys.stdout)
            """
        let documents = JSONDocuments.valid + JSONDocuments.invalid
        let answers = try await Python.json(script, .array(documents.map { .string($0) })).elements ?? []
        #expect(answers.count == documents.count)
        for (index, (document, answer)) in zip(documents, answers).enumerated() {
            let isGood = index < JSONDocuments.valid.count || JSONDocuments.goodForPythonAlone.contains(document)
            #expect(answer == .literal(isGood ? "true" : "false"), "\(document.debugDescription)")
        }
    }

    @Test("have every character written so that Python, simdjson and the tree read the same")
    func roundTrip() async throws {
        var generator = SeededGenerator(seed: 8259)
        let controls = (0..<0x100).map { "<\(Character(Unicode.Scalar(UInt8($0))))>" }
        let mixtures = (0..<200).map { _ in
            String((0..<20).map { _ in Character(.random(using: &generator)) })
        }
        let values = controls + mixtures
        let text = write { writer in writer.array { array in values.forEach { array.string($0) } } }

        #expect(try JSONParser().parse(Array(text.utf8)) { $0.elements.map(\.string) } == values)
        #expect(try JSONTree(parsing: text.utf8).elements?.map(\.string) == values)
        let scalars = try await Python.json(
            "import json,sys; json.dump([[ord(c) for c in s] for s in json.load(sys.stdin)], sys.stdout)",
            try JSONTree(parsing: text.utf8)
        )
        let expected = values.map { value in
            JSONTree.array(value.unicodeScalars.map { .literal("\($0.value)") })
        }
        #expect(scalars == .array(expected))
    }

    @Test("have base64 written as Python writes it, for every remainder and every byte")
    func base64() async throws {
        var generator = SeededGenerator(seed: 4648)
        var samples = (0..<70).map { count in (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) } }
        samples.append(Array(0...255))
        samples.append([UInt8](repeating: 0xff, count: 10_001))
        let input = samples.map { bytes in JSONTree.array(bytes.map { .literal("\($0)") }) }
        let expected = try await Python.json(
            """
            import base64, json, sys
            json.dump([base64.b64encode(bytes(b)).decode() for b in json.load(sys.stdin)], sys.stdout)
            """,
            .array(input)
        )
        for (bytes, text) in zip(samples, expected.elements ?? []) {
            #expect(write { $0.base64(bytes) } == write { $0.string(text.string ?? "") })
        }
        #expect(expected.elements?.count == samples.count)
    }
}

extension Unicode.Scalar {
    /// A scalar from the whole range. Small ones, which must be escaped, are more frequent.
    fileprivate static func random(using generator: inout some RandomNumberGenerator) -> Unicode.Scalar {
        let bound: UInt32 = [0x30, 0x80, 0x800, 0xffff, 0x10ffff].randomElement(using: &generator) ?? 0x80
        return Unicode.Scalar(.random(in: 0...bound, using: &generator)) ?? "\u{fffd}"
    }
}
