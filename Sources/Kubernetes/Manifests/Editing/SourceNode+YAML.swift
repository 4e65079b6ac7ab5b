internal import YAML

/// Reads the nodes of a YAML text with their places. The text has been parsed before, so it is known to be valid.
struct YAMLSourceReader {
    private let text: SourceText
    private let events: YAMLEventParser
    /// The offset of each Unicode scalar; nil for a text in ASCII, where it is the scalar's number.
    private let offsets: [Int]?
    private var anchors: [String: SourceNode] = [:]

    /// - Returns: The roots of the documents in the text; nil if it cannot be parsed.
    static func roots(in text: SourceText) -> [SourceNode]? {
        guard var reader = try? YAMLSourceReader(text) else { return nil }
        return try? reader.roots()
    }

    private init(_ text: SourceText) throws(YAMLSyntaxError) {
        self.text = text
        events = try YAMLEventParser(text.bytes[...])
        let isASCII = text.bytes.allSatisfy { $0 < 0x80 }
        // Bytes with these bits continue a character (RFC 3629, section 3).
        offsets = isASCII ? nil : text.bytes.indices.filter { text.bytes[$0] & 0b1100_0000 != 0b1000_0000 }
    }

    private mutating func roots() throws(YAMLSyntaxError) -> [SourceNode] {
        var roots: [SourceNode] = []
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd: return roots
            case .documentStart:
                anchors = [:]
                roots.append(try node(try events.next()))
            default: continue
            }
        }
    }

    private func offset(_ mark: YAMLEvent.Mark) -> Int {
        guard let offsets else { return min(mark.index, text.bytes.count) }
        return mark.index < offsets.count ? offsets[mark.index] : text.bytes.count
    }

    private mutating func node(_ event: YAMLEvent) throws(YAMLSyntaxError) -> SourceNode {
        let start = offset(event.start)
        let content = event.anchor == nil ? start : text.skippingProperties(start)
        let node =
            switch event.kind {
            case .alias(let name):
                SourceNode(
                    content: anchors[name].map { .alias($0) } ?? .scalar,
                    start: start,
                    end: offset(event.end)
                )
            case .sequenceStart(let isFlow): try sequence(isFlow: isFlow, from: text.skippingProperties(content))
            case .mappingStart(let isFlow): try mapping(isFlow: isFlow, from: text.skippingProperties(content))
            default: scalar(from: start, to: offset(event.end))
            }
        if let anchor = event.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func sequence(isFlow: Bool, from start: Int) throws(YAMLSyntaxError) -> SourceNode {
        var elements: [SourceNode] = []
        while true {
            let event = try events.next()
            guard case .sequenceEnd = event.kind else {
                elements.append(try node(event))
                continue
            }
            let end = isFlow ? offset(event.end) : elements.last?.end ?? start
            return SourceNode(content: .sequence(elements), isFlow: isFlow, start: start, end: end)
        }
    }

    private mutating func mapping(isFlow: Bool, from start: Int) throws(YAMLSyntaxError) -> SourceNode {
        var members: [SourceNode.Member] = []
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind {
                let end = isFlow ? offset(event.end) : members.last?.value.end ?? start
                let start = isFlow ? start : members.first?.keyStart ?? start
                return SourceNode(content: .mapping(members), isFlow: isFlow, start: start, end: end)
            }
            var key = ""
            var isMerge = false
            if case .scalar(let scalar) = event.kind {
                key = YAMLReader.key(scalar)
                isMerge = scalar.isPlain && scalar.text == "<<"
            }
            _ = try node(event)
            let value = try node(try events.next())
            members.append(.init(key: key, isMerge: isMerge, keyStart: offset(event.start), value: value))
        }
    }

    private func scalar(from start: Int, to end: Int) -> SourceNode {
        let start = min(text.skippingProperties(start), end)
        guard start < end, text.bytes[start] == UInt8(ascii: "|") || text.bytes[start] == UInt8(ascii: ">") else {
            return SourceNode(content: .scalar, start: start, end: end)
        }
        let header = text.bytes[start..<min(text.lineEnd(start), end)]
        // With this indicator the blank lines at the end belong to the text (YAML 1.2, 8.1.1.2).
        let keepsBlankLines = header.prefix { $0 != UInt8(ascii: "#") }.contains(UInt8(ascii: "+"))
        let content = text.bytes[start..<end]
        let last =
            keepsBlankLines
            ? content.last == UInt8(ascii: "\n") ? end - 1 : end
            : content.lastIndex { $0 != 0x20 && $0 != 0x0a && $0 != 0x0d }.map { $0 + 1 } ?? end
        return SourceNode(content: .scalar, start: start, end: last)
    }
}
