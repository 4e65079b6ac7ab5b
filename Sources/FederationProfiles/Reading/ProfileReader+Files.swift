internal import JSON

extension ProfileReader {

    /// The maximum number of values in a file. YAML aliases can repeat a short text very often.
    private static let maximumValues = 2048

    mutating func content(_ node: ProfileNode, _ format: FileContent.Format) -> FileContent {
        fileValues = 0
        guard node.tree.members != nil else {
            findings.add("must be a mapping", at: node)
            return FileContent(format: format, root: [])
        }
        let root = members(node, format, depth: 0)
        return FileContent(format: format, root: root)
    }

    private mutating func members(_ node: ProfileNode, _ format: FileContent.Format, depth: Int) -> [FileContent.Member]
    {
        node.entries(&findings).compactMap { key, node in
            checkKey(key, format, at: node)
            return self.content(node, format, depth: depth + 1).map { FileContent.Member(key: key, value: $0) }
        }
    }

    private mutating func content(_ node: ProfileNode, _ format: FileContent.Format, depth: Int) -> FileContent.Node? {
        guard depth <= format.maximumDepth else {
            findings.add("is nested deeper than \(format.rawValue) allows", at: node)
            return nil
        }
        fileValues += 1
        guard fileValues <= Self.maximumValues else {
            if fileValues == Self.maximumValues + 1 {
                findings.add("the file has more than \(Self.maximumValues) values", at: node)
            }
            return nil
        }
        switch node.tree {
        case .literal("null") where format != .json:
            findings.add("\(format.rawValue) has no null", at: node)
            return nil
        case .literal(let lexeme): return .literal(lexeme)
        case .string: return template(node, .all).map { .text($0) }
        case .array where format == .ini || format == .properties:
            findings.add("\(format.rawValue) has no lists", at: node)
            return nil
        case .array:
            return .list(node.list(&findings).compactMap { self.content($0, format, depth: depth + 1) })
        case .object: return .object(members(node, format, depth: depth))
        }
    }

    private mutating func checkKey(_ key: String, _ format: FileContent.Format, at node: ProfileNode) {
        if key.contains("${") { findings.add("names of members have no holes", at: node) }
        guard format != .ini else {
            let isPlain = !key.isEmpty && key.utf8.allSatisfy { 0x21..<0x7f ~= $0 && !"=:#;[]\"'".utf8.contains($0) }
            if !isPlain {
                findings.add("the name must be letters, digits and punctuation without = : # ; [ ]", at: node)
            }
            return
        }
        if key.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            findings.add("the name has a control character", at: node)
        }
    }
}

extension FileContent.Format {
    /// How deeply values may be nested; 1 for values of the file itself.
    fileprivate var maximumDepth: Int {
        switch self {
        case .json, .toml: 16
        case .ini: 2
        case .properties: 1
        }
    }
}
