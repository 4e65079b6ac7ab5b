package import JSON

/// Reads YAML as Kubernetes does: every key becomes a string, a duplicate key is an error, and aliases and merge keys
/// are resolved.
package struct YAMLReader {
    private let firstLine: Int
    /// libyaml reports what is missing at the end of a text in a line after the last one.
    private let lastLine: Int
    private let events: YAMLEventParser
    private var anchors: [String: Anchored] = [:]
    /// How much aliases may still repeat, as the sum of nodes and bytes of their text.
    private var remainingRepetition: Int
    /// The size of everything read so far, in the same unit, including what aliases repeat.
    private var size = 0

    private struct Anchored {
        var tree: JSONTree
        /// The number of nodes in the tree, plus the number of bytes in the text of its scalars and keys.
        var size: Int
        /// How deeply collections are nested in the tree.
        var height: Int
    }

    /// - Parameters:
    ///   - bytes: A text in UTF-8.
    ///   - firstLine: The number of its first line.
    package static func documents(
        in bytes: ArraySlice<UInt8>,
        firstLine: Int = 1
    ) throws(YAMLError) -> [(line: Int, tree: JSONTree)] {
        var reader = try YAMLReader(bytes, firstLine: firstLine)
        return try reader.documents()
    }

    private init(_ bytes: ArraySlice<UInt8>, firstLine: Int) throws(YAMLError) {
        self.firstLine = firstLine
        lastLine = firstLine + bytes.dropLast().count { $0 == UInt8(ascii: "\n") }
        remainingRepetition = 1_000_000 + bytes.count
        do {
            events = try YAMLEventParser(bytes)
        } catch {
            throw YAMLError(reason: error.problem, line: firstLine)
        }
    }

    private mutating func documents() throws(YAMLError) -> [(line: Int, tree: JSONTree)] {
        var documents: [(line: Int, tree: JSONTree)] = []
        while true {
            let event = try next()
            switch event.kind {
            case .streamEnd: return documents
            case .documentStart:
                anchors = [:]
                let root = try next()
                documents.append((line(of: root), try tree(root, depth: 0).tree))
            default: continue
            }
        }
    }

    // MARK: Nodes

    private mutating func tree(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> Anchored {
        if case .alias(let name) = event.kind { return try aliased(name, at: event, depth: depth) }
        let before = size
        size += 1
        guard depth <= JSONParser.maximumDepth else { throw tooDeep(event) }
        var node = Anchored(tree: .null, size: 0, height: 0)
        switch event.kind {
        case .scalar(let scalar):
            size += scalar.text.utf8.count
            node.tree = try value(scalar, at: event)
        case .sequenceStart:
            var elements: [JSONTree] = []
            while true {
                let next = try next()
                if case .sequenceEnd = next.kind { break }
                let element = try tree(next, depth: depth + 1)
                node.height = max(node.height, element.height + 1)
                elements.append(element.tree)
            }
            node.tree = .array(elements)
        case .mappingStart:
            var members = YAMLMembers()
            while let height = try member(of: &members, depth: depth) { node.height = max(node.height, height + 1) }
            node.tree = .object(members.all)
        default: throw error("a value is expected", at: event)
        }
        if let anchor = event.anchor {
            node.size = size - before
            anchors[anchor] = node
        }
        return node
    }

    private mutating func aliased(
        _ name: String,
        at event: YAMLEvent,
        depth: Int
    ) throws(YAMLError) -> Anchored {
        guard let node = anchors[name] else { throw error("malformed YAML: found undefined alias", at: event) }
        size += node.size
        remainingRepetition -= node.size
        guard remainingRepetition > 0 else { throw error("aliases expand to too much text", at: event) }
        guard depth + node.height <= JSONParser.maximumDepth else { throw tooDeep(event) }
        return node
    }

    // MARK: Mappings

    /// Reads a key and its value.
    ///
    /// - Returns: The height of the value; nil at the end of the mapping.
    private mutating func member(of members: inout YAMLMembers, depth: Int) throws(YAMLError) -> Int? {
        let event = try next()
        if case .mappingEnd = event.kind { return nil }
        if case .scalar(let scalar) = event.kind, scalar.isPlain, scalar.text == "<<" {
            let value = try next()
            let merged = try tree(value, depth: depth + 1)
            try merge(merged.tree, into: &members, at: value)
            return merged.height
        }
        let key = try name(event, depth: depth)
        guard members.canAdd(key) else { throw error("the key '\(key.value)' appears twice", at: event) }
        let value = try tree(try next(), depth: depth + 1)
        members.add(key, value.tree)
        return value.height
    }

    /// Adds the members of a merge key (yaml.org/type/merge.html). If several mappings have the same key, the first one
    /// takes precedence.
    private func merge(
        _ value: JSONTree,
        into members: inout YAMLMembers,
        at event: YAMLEvent
    ) throws(YAMLError) {
        switch value {
        case .object(let merged): members.merge(merged)
        case .array(let elements):
            for element in elements {
                guard let merged = element.members else {
                    throw error("the merge key '<<' accepts only mappings", at: event)
                }
                members.merge(merged)
            }
        default: throw error("the merge key '<<' accepts only a mapping or a list of mappings", at: event)
        }
    }

    private mutating func name(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> JSONString {
        switch event.kind {
        case .scalar, .alias: break
        default: throw error("a key must be a string", at: event)
        }
        switch try tree(event, depth: depth).tree {
        case .string(let text): return text
        case .null: throw error("a key must be a string, not null", at: event)
        case .literal(let text): return JSONString(text)
        default: throw error("a key must be a string", at: event)
        }
    }

    /// The string that a scalar becomes as a key.
    package static func key(_ scalar: YAMLEvent.Scalar) -> String {
        guard scalar.tag == nil else { return scalar.text }
        return switch YAMLScalar(resolving: scalar.text) {
        case .bool(let value): value ? "true" : "false"
        case .number(let lexeme): lexeme
        default: scalar.text
        }
    }

    // MARK: Scalars

    private func value(_ scalar: YAMLEvent.Scalar, at event: YAMLEvent) throws(YAMLError) -> JSONTree {
        let text = scalar.text
        let tag: CoreTag? = scalar.tag.flatMap { CoreTag($0) }
        if scalar.tag != nil, tag == nil || tag == .str { return .string(text) }
        switch (tag, YAMLScalar(resolving: text)) {
        case (.binary, _): throw error("!!binary is not supported; write the base64 text as a string", at: event)
        case (nil, .notFinite), (.float, .notFinite):
            throw error("JSON, and so Kubernetes, has no number '\(text)'", at: event)
        case (nil, .null), (.null, .null): return .null
        case (nil, .bool(let value)), (.bool, .bool(let value)): return .literal(value ? "true" : "false")
        case (nil, .number(let lexeme)), (.int, .number(let lexeme)), (.float, .number(let lexeme)):
            return .literal(lexeme)
        case (let tag?, _): throw error("'\(text)' is not of the type \(tag.name)", at: event)
        default: return .string(text)
        }
    }

    /// The tags that say how a scalar is read (YAML 1.2, 10.3.1, and yaml.org/type/binary.html).
    private enum CoreTag: String {
        case str, null, bool, int, float, binary

        init?(_ tag: String) {
            let prefix = "tag:yaml.org,2002:"
            guard tag.hasPrefix(prefix) else { return nil }
            self.init(rawValue: String(tag.dropFirst(prefix.count)))
        }

        var name: String { rawValue }
    }
}

extension YAMLReader {
    private func next() throws(YAMLError) -> YAMLEvent {
        do {
            return try events.next()
        } catch {
            throw self.error("malformed YAML: \(error.problem)", line: firstLine + error.line)
        }
    }

    private func line(of event: YAMLEvent) -> Int { firstLine + event.start.line }

    private func tooDeep(_ event: YAMLEvent) -> YAMLError {
        error("nested deeper than \(JSONParser.maximumDepth)", at: event)
    }

    private func error(_ reason: String, at event: YAMLEvent) -> YAMLError {
        error(reason, line: line(of: event))
    }

    private func error(_ reason: String, line: Int) -> YAMLError {
        YAMLError(reason: reason, line: min(line, lastLine))
    }
}
