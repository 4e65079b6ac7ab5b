/// The text of a document, and the places of its lines.
struct SourceText {
    let bytes: [UInt8]
    /// The offsets of the lines' starts. A line can be as long as the text, so it is not searched for its ends each time.
    private let lineStarts: [Int]
    /// Whether lines end in CR LF, judging by the first one.
    private let hasCarriageReturns: Bool

    init(bytes: [UInt8]) {
        self.bytes = bytes
        lineStarts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
        let end = lineStarts.count > 1 ? lineStarts[1] - 1 : 0
        hasCarriageReturns = end > 0 && bytes[end - 1] == UInt8(ascii: "\r")
    }

    /// The number of the line, from 0. The end of a text is on its last line, even if that is empty.
    private func line(_ offset: Int) -> Int {
        var (low, high) = (0, lineStarts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    /// The offset after the line feed of the line; the end of the text for a last line without one.
    func lineEnd(_ offset: Int) -> Int {
        let next = line(offset) + 1
        return next < lineStarts.count ? lineStarts[next] : bytes.count
    }

    func lineStart(_ offset: Int) -> Int { lineStarts[line(offset)] }

    /// The number of bytes in the line before the offset.
    func column(_ offset: Int) -> Int { offset - lineStart(offset) }

    /// The spaces and tabs at the start of the line.
    func indentation(_ offset: Int) -> String {
        let line = bytes[lineStart(offset)...]
        return String(decoding: line.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }, as: UTF8.self)
    }

    /// Whether there are only spaces and tabs before the offset in its line.
    func beginsLine(_ offset: Int) -> Bool { indentation(offset).utf8.count >= column(offset) }

    func isOnSameLine(_ first: Int, _ second: Int) -> Bool { lineStart(first) == lineStart(second) }

    /// The first offset, starting from this one, with neither white space nor a comment.
    func skippingSpaceAndComments(_ offset: Int) -> Int {
        var offset = offset
        while offset < bytes.count {
            if bytes[offset] == UInt8(ascii: "#") {
                offset = lineEnd(offset)
            } else if bytes[offset].isYAMLSpace {
                offset += 1
            } else {
                break
            }
        }
        return offset
    }

    /// The offset after the anchor and tag of a node.
    func skippingProperties(_ offset: Int) -> Int {
        var offset = offset
        while offset < bytes.count, bytes[offset] == UInt8(ascii: "&") || bytes[offset] == UInt8(ascii: "!") {
            let end = bytes[offset...].firstIndex { $0.isYAMLSpace } ?? bytes.count
            offset = skippingSpaceAndComments(end)
        }
        return offset
    }

    /// The offset after whatever precedes this one, without the spaces and tabs between them.
    func skippingSpacesBackwards(_ offset: Int) -> Int {
        bytes[..<offset].lastIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }.map { $0 + 1 } ?? 0
    }

    /// The offset before the line end that precedes this one.
    func lineWithoutEnd(_ offset: Int) -> Int {
        var end = offset
        if end > 0, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
        if end > 0, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return end
    }

    /// Text to add, with this text's line ends.
    func withLineEnds(_ added: String) -> String {
        guard hasCarriageReturns else { return added }
        return added.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    }
}

extension UInt8 {
    fileprivate var isYAMLSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0a || self == 0x0d }
}
