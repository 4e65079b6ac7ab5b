internal import JSON

/// Splits a text into documents before any of them is parsed, so that anchors do not extend from one document into the
/// next, and JSON between YAML is recognised. `---` at the start of a line always ends a document (YAML 1.2, 9.1.2).
enum DocumentSplitter {
    struct Document {
        /// The line on which `bytes` starts, counted from 1 in the whole text.
        var line: Int
        var bytes: ArraySlice<UInt8>

        var looksLikeJSON: Bool { bytes.first { !$0.isSpace } == UInt8(ascii: "{") }
    }

    static func documents(in bytes: [UInt8]) -> [Document] {
        let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]
        let text = bytes.starts(with: byteOrderMark) ? bytes[3...] : bytes[...]
        var documents: [Document] = []
        var current = Document(line: 1, bytes: text[text.startIndex..<text.startIndex])
        var hasContent = false
        var hasDirective = false

        func start(at index: Int, line: Int) {
            current = Document(line: line, bytes: text[index..<index])
            hasContent = false
            hasDirective = false
        }
        for (number, line) in lines(of: text) {
            if isSeparator(line) {
                if hasContent { documents.append(current) }
                let isBare = isBlankOrComment(line.dropFirst(3))
                if hasContent || !hasDirective {
                    start(at: isBare ? line.endIndex : line.startIndex, line: isBare ? number + 1 : number)
                    hasContent = !isBare
                } else {
                    hasContent = true
                }
            } else if line.first == UInt8(ascii: "%"), !hasContent {
                hasDirective = true
            } else if !isBlankOrComment(line) {
                hasContent = true
            }
            current.bytes = text[current.bytes.startIndex..<line.endIndex]
        }
        if hasContent { documents.append(current) }
        return documents
    }

    /// Splits a document in which JSON objects follow each other without a separator.
    static func jsonDocuments(in document: Document) -> [Document] {
        var documents: [Document] = []
        var rest = document
        while let start = rest.bytes.firstIndex(where: { !$0.isSpace }) {
            rest.line += rest.bytes[..<start].count { $0 == UInt8(ascii: "\n") }
            let end = endOfValue(in: rest.bytes[start...])
            documents.append(Document(line: rest.line, bytes: rest.bytes[start..<end]))
            rest.line += rest.bytes[start..<end].count { $0 == UInt8(ascii: "\n") }
            rest.bytes = rest.bytes[end...]
        }
        return documents
    }

    /// The index after the bracket that closes the first one; the end of the text if it is never closed.
    private static func endOfValue(in text: ArraySlice<UInt8>) -> Int {
        var depth = 0
        var inString = false
        var escaped = false
        for (index, byte) in zip(text.indices, text) {
            if escaped {
                escaped = false
            } else if inString {
                escaped = byte == UInt8(ascii: "\\")
                if byte == UInt8(ascii: "\"") { inString = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): inString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    if depth <= 0 { return index + 1 }
                default: break
                }
            }
        }
        return text.endIndex
    }

    /// The lines, including their line feeds, with their numbers from 1.
    private static func lines(of text: ArraySlice<UInt8>) -> some Sequence<(number: Int, line: ArraySlice<UInt8>)> {
        sequence(state: (number: 0, rest: text)) { state in
            guard !state.rest.isEmpty else { return nil }
            let end = state.rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? state.rest.endIndex
            defer { state.rest = state.rest[end...] }
            state.number += 1
            return (state.number, state.rest[..<end])
        }
    }

    private static func isSeparator(_ line: ArraySlice<UInt8>) -> Bool {
        line.starts(with: "---".utf8) && line.dropFirst(3).first?.isSpace ?? true
    }

    private static func isBlankOrComment(_ line: ArraySlice<UInt8>) -> Bool {
        line.first { !$0.isSpace }.map { $0 == UInt8(ascii: "#") } ?? true
    }
}
