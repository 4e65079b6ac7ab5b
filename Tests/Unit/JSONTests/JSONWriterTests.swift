import Foundation
import JSON
import Testing

@Suite("The writer", .timeLimit(.minutes(5)))
struct JSONWriterTests {
    private func write(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return writer.string
    }

    @Test("places commas at every depth")
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

    @Test("writes base64 of any length as Foundation does", arguments: 0..<100)
    func base64(count: Int) {
        let data = (0..<count).map { UInt8(truncatingIfNeeded: ($0 &+ 1) &* 167 &+ count) }
        var output: [UInt8] = [1]
        Base64.encode(data, into: &output)
        #expect(String(decoding: output.dropFirst(), as: UTF8.self) == Data(data).base64EncodedString())
        #expect(output.count == 1 + Base64.encodedCount(count))
    }

    @Test(
        "escapes only what RFC 8259 requires",
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

    @Test("escapes at every position in a text of any length", arguments: ["\"", "\\", "\n", "\u{1f}"])
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
}
