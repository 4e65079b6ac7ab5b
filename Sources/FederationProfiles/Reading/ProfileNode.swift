internal import JSON
internal import ProviderSupport
internal import YAML

/// A value in a document, and its place.
struct ProfileNode {
    let tree: JSONTree
    var path: [YAMLLines.Step] = []

    /// The maximum length of a text in bytes of UTF-8, unless its field has a different one.
    static let longestText = 4096

    /// The members of an object by name.
    struct Fields {
        let node: ProfileNode
        fileprivate var values: [String: ProfileNode]

        /// The value of a field; nil if it is missing or null.
        subscript(name: String) -> ProfileNode? { values[name] }
    }

    /// The fields of an object. Unknown ones are findings. A value that is not an object has no fields.
    func fields(_ known: [String], _ findings: inout Findings) -> Fields {
        var fields = Fields(node: self, values: [:])
        for (key, node) in entries(&findings) {
            guard known.contains(key) else {
                let advice = Spelling.suggestion(for: key, among: known).map { "; did you mean \($0)?" }
                let rest = advice ?? "; known are \(known.joined(separator: ", "))"
                findings.add("there is no field \"\(key.cut(to: 64))\"\(rest)", at: node)
                continue
            }
            if !node.tree.isNull { fields.values[key] = node }
        }
        return fields
    }

    /// The members of an object with names that the author chooses.
    func entries(_ findings: inout Findings, atMost limit: Int = 256) -> [(key: String, node: ProfileNode)] {
        guard let members = tree.members else {
            findings.add("must be a mapping", at: self)
            return []
        }
        if members.count > limit {
            findings.add("has \(members.count) entries; at most \(limit) are allowed", at: self)
        }
        return members.prefix(limit).map { member in
            let key = member.key.value
            return (key, ProfileNode(tree: member.value, path: path + [.key(key)]))
        }
    }

    func list(_ findings: inout Findings, atMost limit: Int = 64) -> [ProfileNode] {
        guard let elements = tree.elements else {
            findings.add("must be a list", at: self)
            return []
        }
        if elements.count > limit {
            findings.add("has \(elements.count) elements; at most \(limit) are allowed", at: self)
        }
        return elements.prefix(limit).enumerated().map { index, element in
            ProfileNode(tree: element, path: path + [.index(index)])
        }
    }

    /// A list, or one value that stands for a list of one.
    func listOrOne(_ findings: inout Findings) -> [ProfileNode] {
        if tree.elements == nil { return [self] }
        return list(&findings)
    }

    func text(_ findings: inout Findings, atMost limit: Int = longestText) -> String? {
        guard let text = tree.string else {
            if case .literal(let lexeme) = tree {
                // YAML 1.1 reads yes, no, on and off as booleans, and the lexeme does not show which word it was.
                findings.add("must be a text, and YAML reads this as \(lexeme): put it in quotes", at: self)
            } else {
                findings.add("must be a text", at: self)
            }
            return nil
        }
        guard text.utf8.count <= limit else {
            findings.add("has \(text.utf8.count) bytes; at most \(limit) are allowed", at: self)
            return nil
        }
        return text
    }

    func integer(_ findings: inout Findings) -> Int64? {
        if case .literal(let lexeme) = tree, let value = Int64(lexeme) { return value }
        findings.add("must be a whole number", at: self)
        return nil
    }

    func flag(_ findings: inout Findings) -> Bool? {
        switch tree {
        case .literal("true"): return true
        case .literal("false"): return false
        default:
            findings.add("must be true or false", at: self)
            return nil
        }
    }

    /// One of a few words.
    func word<Word: RawRepresentable & CaseIterable>(
        _ type: Word.Type,
        _ findings: inout Findings
    ) -> Word? where Word.RawValue == String {
        guard let text = text(&findings) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map(\.rawValue)
        let advice = Spelling.suggestion(for: text, among: words).map { "; did you mean \($0)?" } ?? ""
        findings.add("must be \(words.joined(separator: " or ")), not \"\(text.cut(to: 64))\"\(advice)", at: self)
        return nil
    }
}

extension ProfileNode.Fields {
    func text(_ name: String, _ findings: inout Findings, atMost limit: Int = ProfileNode.longestText) -> String? {
        self[name]?.text(&findings, atMost: limit)
    }

    func flag(_ name: String, _ findings: inout Findings) -> Bool { self[name]?.flag(&findings) ?? false }

    func required(_ name: String, _ findings: inout Findings) -> ProfileNode? {
        if let node = self[name] { return node }
        findings.add("the field \(name) is missing", at: node)
        return nil
    }
}
