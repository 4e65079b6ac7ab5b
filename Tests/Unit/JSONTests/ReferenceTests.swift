import FuzzTargets
import TestSupport
import Testing

@testable import JSON

/// `FuzzTarget.json` makes the comparison, and accounts for the permitted differences.
@Suite("The parser and simdjson's DOM agree", .timeLimit(.minutes(5)))
struct ReferenceTests {
    private func compare(_ bytes: [UInt8]) throws { try FuzzTarget.json.run(bytes) }

    @Test("on valid and invalid JSON", arguments: JSONDocuments.valid + JSONDocuments.invalid)
    func documents(text: String) throws {
        try compare(Array(text.utf8))
        for array in ["[\(text)]", "[1,\(text)]", "[\(text),1]", "[ \(text) \n]"] { try compare(Array(array.utf8)) }
        for object in [#"{"a":\#(text)}"#, #"{"a":\#(text),"b":[]}"#, "{\(text):1}", #"{"a":1,\#(text):2}"#] {
            try compare(Array(object.utf8))
        }
    }

    @Test("on escapes, in values and in names", arguments: ReferenceTexts.escapes)
    func escapes(text: String) throws {
        for document in [#""\#(text)""#, #"["\#(text)","é",1]"#, #"{"\#(text)":"\#(text)x"}"#, #" "x\#(text)" "#] {
            try compare(Array(document.utf8))
        }
    }

    @Test("on numbers", arguments: ReferenceTexts.numbers)
    func numbers(text: String) throws {
        for document in [text, "-\(text)", "[\(text)]", "[-\(text) ]", #"{"a":\#(text),"b":-\#(text)}"#, "\(text)\n"] {
            try compare(Array(document.utf8))
        }
    }

    @Test("on nesting to any depth, around the maximum", arguments: [1, 2, 254, 255, 256, 257, 258, 1000, 5000])
    func nesting(depth: Int) throws {
        for (open, inner, close) in [
            ("[", "", "]"), ("[", "1", "]"), (#"{"a":"#, "1", "}"), (#"{"a":"#, "{}", "}"), ("[ ", "[]", " ]"),
            (#"[{"a":"#, "null", "}]"), ("[[],", "\"\"", ",{}]"),
        ] {
            let text = String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
            try compare(Array(text.utf8))
            try compare(Array(text.utf8.dropLast()))
            try compare(Array(text.utf8) + [UInt8(ascii: "]")])
        }
    }

    @Test("on a review that is cut anywhere", arguments: ReferenceTexts.reviews)
    func cuts(name: String) throws {
        let bytes = try Fixtures.data(name)
        for count in 0...bytes.count { try compare(Array(bytes.prefix(count))) }
    }

    @Test("on reviews with changed bits, bytes and parts", arguments: ReferenceTexts.reviews)
    func changes(name: String) throws {
        var generator = SeededGenerator(seed: 2)
        let bytes = try Fixtures.data(name)
        for _ in 0..<250 {
            var changed = bytes
            for _ in 0...Int.random(in: 0..<3, using: &generator) { change(&changed, using: &generator) }
            try compare(changed)
        }
    }

    @Test("on random documents with white space, and with changes")
    func random() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<1000 {
            var bytes = Array(RandomJSON.text(depth: 5, using: &generator).utf8)
            try compare(bytes)
            for _ in 0..<3 {
                change(&bytes, using: &generator)
                try compare(bytes)
            }
        }
    }

    private func change(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        let telling = Array(#"{}[],:"\ 0-.eE+tfnu"#.utf8) + [0, 0x0a, 0x0c, 0x1a, 0x1f, 0x7f, 0x80, 0xc3, 0xff]
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[place] = telling.randomElement(using: &generator) ?? 0
        case 2: bytes.insert(telling.randomElement(using: &generator) ?? 0, at: place)
        case 3: bytes.remove(at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &generator)))
        }
    }
}
