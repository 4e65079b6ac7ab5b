/// Finds the text of one element in a response from STS. This is not an XML parser: it does not support attributes,
/// comments, CDATA or entities defined in a document, and copies only the text.
enum ElementText {
    /// Anything beyond this many bytes is ignored.
    private static let longestDocument = 64 * 1024
    /// In bytes; longer texts are cut.
    private static let longestText = 1024

    /// The text of the first element with the last of these names, each of which is nested in the one before it; nil if
    /// there is none.
    static func find(_ path: [String], in document: some Sequence<UInt8>) -> String? {
        var rest = Array(document.prefix(longestDocument))[...]
        for name in path {
            guard let content = content(of: name, in: rest) else { return nil }
            rest = content
        }
        guard !rest.contains(UInt8(ascii: "<")) else { return nil }
        return unescaped(rest)
    }

    private static func content(of name: String, in text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let start = position(of: "<\(name)>", in: text),
            let end = position(of: "</\(name)>", in: text[start.upperBound...])
        else { return nil }
        return text[start.upperBound..<end.lowerBound]
    }

    private static func position(of pattern: String, in text: ArraySlice<UInt8>) -> Range<Int>? {
        let pattern = Array(pattern.utf8)
        guard text.count >= pattern.count else { return nil }
        for start in text.startIndex...(text.endIndex - pattern.count)
        where text[start] == pattern[0] && text[start..<(start + pattern.count)].elementsEqual(pattern) {
            return start..<(start + pattern.count)
        }
        return nil
    }

    private static let entities: [(name: String, text: String)] = [
        ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&"),
    ]

    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        var text = String(decoding: bytes.prefix(longestText), as: UTF8.self)
        // The ampersand comes last, because it must not begin another entity.
        for (name, replacement) in entities { text = text.replacing(name, with: replacement) }
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
