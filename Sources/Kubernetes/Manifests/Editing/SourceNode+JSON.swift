internal import JSON

/// Reads the values of a JSON document with their places. The text has been parsed before, so it is known to be JSON.
struct JSONSourceReader {
    private let text: SourceText
    private var position = 0

    /// - Returns: The value of the document; nil if this is not JSON.
    static func root(of text: SourceText) -> SourceNode? {
        var reader = JSONSourceReader(text: text)
        return reader.value()
    }

    private init(text: SourceText) { self.text = text }

    private mutating func value() -> SourceNode? {
        skipSpace()
        let start = position
        switch peek() {
        case UInt8(ascii: "{"):
            guard let members = object() else { return nil }
            return SourceNode(content: .mapping(members), isFlow: true, start: start, end: position)
        case UInt8(ascii: "["):
            guard let elements = array() else { return nil }
            return SourceNode(content: .sequence(elements), isFlow: true, start: start, end: position)
        case UInt8(ascii: "\""): skipString()
        default:
            while let byte = peek(), !byte.isSpace, !",]}".utf8.contains(byte) { position += 1 }
        }
        return position > start ? SourceNode(content: .scalar, start: start, end: position) : nil
    }

    private mutating func object() -> [SourceNode.Member]? {
        var members: [SourceNode.Member] = []
        position += 1
        while !ends(with: "}") {
            let start = position
            skipString()
            guard let key = try? JSONTree(parsing: text.bytes[start..<position]).string else { return nil }
            skipSpace()
            position += 1
            guard let value = value() else { return nil }
            members.append(.init(key: key, isMerge: false, keyStart: start, value: value))
        }
        return members
    }

    private mutating func array() -> [SourceNode]? {
        var elements: [SourceNode] = []
        position += 1
        while !ends(with: "]") {
            guard let element = value() else { return nil }
            elements.append(element)
        }
        return elements
    }

    /// Skips white space and a comma, and the bracket if it comes next.
    private mutating func ends(with bracket: Unicode.Scalar) -> Bool {
        skipSpace()
        if peek() == UInt8(ascii: ",") {
            position += 1
            skipSpace()
        }
        guard let byte = peek() else { return true }
        guard byte == UInt8(ascii: bracket) else { return false }
        position += 1
        return true
    }

    private mutating func skipString() {
        position += 1
        while let byte = peek(), byte != UInt8(ascii: "\"") { position += byte == UInt8(ascii: "\\") ? 2 : 1 }
        position = min(position + 1, text.bytes.count)
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte.isSpace { position += 1 }
    }

    private func peek() -> UInt8? { position < text.bytes.count ? text.bytes[position] : nil }
}
