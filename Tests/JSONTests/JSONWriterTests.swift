import JSON
import TestSupport
import Testing

@Suite("The writer", .timeLimit(.minutes(1)))
struct JSONWriterTests {
    private func write(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return writer.string
    }

    @Test("minds the commas, at every depth")
    func commas() {
        let text = write { writer in
            writer.object { object in
                object.key("none")
                object.object { _ in }
                object.key("list")
                object.array { array in
                    array.array { _ in }
                    array.null()
                    array.object { $0.member("a", true) }
                    array.int(-5)
                    array.string("b")
                }
                object.member("number", UInt64.max)
                object.member("text", "c")
                object.key("raw")
                object.raw("[1]".utf8)
                object.key("base64")
                object.base64(Array("hi".utf8))
                object.member("last", false)
            }
        }
        #expect(
            text == #"{"none":{},"list":[[],null,{"a":true},-5,"b"],"number":18446744073709551615,"text":"c","#
                + #""raw":[1],"base64":"aGk=","last":false}"#
        )
    }

    @Test(
        "escapes what RFC 8259 demands and nothing else",
        arguments: [
            ("\"", #"\""#), ("\\", #"\\"#), ("/", "/"), ("\n", #"\n"#), ("\r", #"\r"#), ("\t", #"\t"#),
            ("\0", #"\u0000"#), ("\u{1f}", #"\u001f"#), ("\u{7f}", "\u{7f}"), ("é", "é"), ("😀", "😀"),
            ("\u{2028}", "\u{2028}"), ("'<&>", "'<&>"), ("", ""), ("e\u{301}", "e\u{301}"), ("\r\n", #"\r\n"#),
        ]
    )
    func escapes(value: String, expected: String) {
        #expect(Array(write { $0.string(value) }.utf8) == Array("\"\(expected)\"".utf8))
        #expect(write { $0.object { $0.member(escaping: value, "") } } == "{\"\(expected)\":\"\"}")
    }

    @Test("escapes in every place of a text of any length", arguments: ["\"", "\\", "\n", "\u{1f}"])
    func places(mark: String) {
        let escaped = write { $0.string(mark) }.dropFirst().dropLast()
        for length in 0..<20 {
            let text = String(repeating: "\u{7f}é ", count: length).prefix(length)
            #expect(write { $0.string(String(text)) } == "\"\(text)\"")
            for place in text.indices {
                let (before, after) = (text[..<place], text[place...])
                #expect(write { $0.string("\(before)\(mark)\(after)") } == "\"\(before)\(escaped)\(after)\"")
            }
        }
    }

    @Test("writes every character so that Python, simdjson and the tree read the same")
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

    @Test("writes base64 as Python does, for every remainder and every byte")
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
    /// Of the whole range; small ones, which must be escaped, more often.
    fileprivate static func random(using generator: inout some RandomNumberGenerator) -> Unicode.Scalar {
        let bound: UInt32 = [0x30, 0x80, 0x800, 0xffff, 0x10ffff].randomElement(using: &generator) ?? 0x80
        return Unicode.Scalar(.random(in: 0...bound, using: &generator)) ?? "\u{fffd}"
    }
}
