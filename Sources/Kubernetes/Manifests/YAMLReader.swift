internal import JSON
internal import Yams

/// Reads YAML as Kubernetes does: every key becomes a string, a duplicate key is an error, and aliases and merge keys
/// are resolved.
struct YAMLReader {
    /// Leaves scalars as they are written; `YAMLScalar` interprets plain ones. The rule distinguishes the tag of a
    /// plain scalar from an explicit `!!str`.
    private static let resolver = try? Resolver.basic.appending(.implicit, "^")

    private let firstLine: Int
    /// libyaml reports what is missing at the end of a text in a line after the last one.
    private let lastLine: Int
    private let file: String
    /// How many more nodes are allowed. A text has no more nodes than bytes, so only aliases can exhaust this.
    private var remainingNodes: Int

    /// - Throws: `KubernetesError.manifest`.
    static func documents(
        in bytes: ArraySlice<UInt8>,
        firstLine: Int,
        file: String
    ) throws(KubernetesError) -> [(line: Int, tree: JSONTree)] {
        var reader = YAMLReader(
            firstLine: firstLine,
            lastLine: firstLine + bytes.dropLast().count { $0 == UInt8(ascii: "\n") },
            file: file,
            remainingNodes: 100_000 + bytes.count
        )
        var documents: [(line: Int, tree: JSONTree)] = []
        let text = String(decoding: bytes, as: UTF8.self)
        do {
            let parser = try Parser(yaml: text, resolver: resolver ?? .basic, encoding: .utf8)
            while let root = try parser.nextRoot() {
                documents.append((reader.line(of: root), try reader.tree(root, depth: 0)))
            }
        } catch let error as YamlError {
            throw reader.error(error)
        } catch let error as KubernetesError {
            throw error
        } catch {
            throw reader.error("\(error)", line: firstLine)
        }
        return documents
    }

    private mutating func tree(_ node: Node, depth: Int) throws(KubernetesError) -> JSONTree {
        remainingNodes -= 1
        guard remainingNodes > 0 else { throw error("aliases repeat too much of the document", at: node) }
        guard depth <= JSONParser.maximumDepth else {
            throw error("nested deeper than \(JSONParser.maximumDepth)", at: node)
        }
        switch node {
        case .scalar(let scalar): return try value(scalar, of: node)
        case .sequence(let sequence):
            var elements: [JSONTree] = []
            for element in sequence { elements.append(try tree(element, depth: depth + 1)) }
            return .array(elements)
        case .mapping(let mapping): return .object(try members(mapping, depth: depth))
        case .alias: throw error("an alias that stands for nothing", at: node)
        }
    }

    private mutating func members(_ mapping: Node.Mapping, depth: Int) throws(KubernetesError) -> [JSONTree.Member] {
        var members: [JSONTree.Member] = []
        var own: Set<String> = []
        var places: [String: Int] = [:]
        for (key, value) in mapping {
            if isMerge(key) {
                for member in try merged(value, depth: depth) where places[member.key.value] == nil {
                    places[member.key.value] = members.count
                    members.append(member)
                }
                continue
            }
            let name = try self.name(key)
            guard own.insert(name).inserted else { throw error("the key '\(name)' comes twice", at: key) }
            let member = JSONTree.Member(key: JSONString(name), value: try tree(value, depth: depth + 1))
            if let place = places[name] {
                members[place] = member
            } else {
                places[name] = members.count
                members.append(member)
            }
        }
        return members
    }

    /// The members that a merge key adds (yaml.org/type/merge.html). Of several mappings, the first with a key wins.
    private mutating func merged(_ node: Node, depth: Int) throws(KubernetesError) -> [JSONTree.Member] {
        switch node {
        case .mapping(let mapping): return try members(mapping, depth: depth + 1)
        case .sequence(let sequence):
            var all: [JSONTree.Member] = []
            for element in sequence {
                guard case .mapping(let mapping) = element else {
                    throw error("the merge key '<<' takes mappings only", at: element)
                }
                all += try members(mapping, depth: depth + 1)
            }
            return all
        default: throw error("the merge key '<<' takes a mapping or a list of mappings", at: node)
        }
    }

    private func isMerge(_ key: Node) -> Bool {
        guard case .scalar(let scalar) = key else { return false }
        return scalar.string == "<<" && scalar.style == .plain
    }

    private func name(_ key: Node) throws(KubernetesError) -> String {
        guard case .scalar(let scalar) = key else { throw error("a key must be a string", at: key) }
        switch try value(scalar, of: key) {
        case .string(let text): return text.value
        case .null: throw error("a key must be a string, not null", at: key)
        case .literal(let text): return text
        default: throw error("a key must be a string", at: key)
        }
    }

    private func value(_ scalar: Node.Scalar, of node: Node) throws(KubernetesError) -> JSONTree {
        let text = scalar.string
        let tag = scalar.tag.rawValue
        let resolved = tag == Tag.Name.str.rawValue ? .string : YAMLScalar(resolving: text)
        switch (tag, resolved) {
        case (Tag.Name.binary.rawValue, _):
            throw error("!!binary is not supported, write the base64 text as a string", at: node)
        case (Tag.Name.implicit.rawValue, .notFinite), (Tag.Name.float.rawValue, .notFinite):
            throw error("JSON, and so Kubernetes, has no number '\(text)'", at: node)
        case (Tag.Name.implicit.rawValue, .null), (Tag.Name.null.rawValue, .null): return .null
        case (Tag.Name.implicit.rawValue, .bool(let value)), (Tag.Name.bool.rawValue, .bool(let value)):
            return .literal(value ? "true" : "false")
        case (Tag.Name.implicit.rawValue, .number(let lexeme)), (Tag.Name.int.rawValue, .number(let lexeme)),
            (Tag.Name.float.rawValue, .number(let lexeme)):
            return .literal(lexeme)
        case (Tag.Name.null.rawValue, _), (Tag.Name.bool.rawValue, _), (Tag.Name.int.rawValue, _),
            (Tag.Name.float.rawValue, _):
            throw error("'\(text)' is not of the type \(tag.split(separator: ":").last ?? "")", at: node)
        default: return .string(text)
        }
    }
}

extension YAMLReader {
    private func line(of node: Node) -> Int { firstLine + (node.mark?.line ?? 1) - 1 }

    private func error(_ reason: String, at node: Node) -> KubernetesError { error(reason, line: line(of: node)) }

    private func error(_ reason: String, line: Int) -> KubernetesError {
        .manifest(file: file, line: min(line, lastLine), reason: reason)
    }

    private func error(_ error: YamlError) -> KubernetesError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return self.error("malformed YAML: \(problem)", line: firstLine + mark.line - 1)
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "'\($0)'" }.joined(separator: ", ")
            return self.error("the key \(names) comes twice", line: firstLine + context.mark.line - 1)
        case .reader(let problem, let offset, _, let yaml):
            let lines = yaml.prefix(offset ?? 0).count { $0.isNewline }
            return self.error("malformed YAML: \(problem)", line: firstLine + lines)
        default: return self.error("malformed YAML: \(error)", line: firstLine)
        }
    }
}
