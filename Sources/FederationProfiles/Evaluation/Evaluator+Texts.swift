internal import JSON
internal import PodIdentity

extension Evaluator {
    // MARK: Files

    mutating func addFile(
        _ annotation: String,
        of rules: VolumeRules,
        _ volume: GrantedVolume,
        _ places: VolumePlaces,
        to grant: inout Grant
    ) {
        for source in rules.sources {
            guard case .file(let path, annotation, let content) = source.source else { continue }
            let root = members(content.root, places)
            do {
                let text = try FileText.write(.object(root), as: content.format)
                grant.files.append(GrantedFile(annotation: annotation, path: path, text: text))
            } catch {
                fault("\(path) of the volume \(volume.name): \(error.reason)")
            }
        }
    }

    private mutating func members(_ members: [FileContent.Member], _ places: VolumePlaces) -> [JSONTree.Member] {
        var trees: [JSONTree.Member] = []
        for member in members {
            guard let value = tree(member.value, places) else { continue }
            trees.append(JSONTree.Member(key: JSONString(member.key), value: value))
        }
        return trees
    }

    /// The value without holes; nil if it is left out, as is an object or a list of which nothing is left.
    private mutating func tree(_ node: FileContent.Node, _ places: VolumePlaces) -> JSONTree? {
        switch node {
        case .literal(let lexeme): return .literal(lexeme)
        case .text(let template): return text(template, places).map { .string($0) }
        case .object(let members):
            let found = self.members(members, places)
            return found.isEmpty && !members.isEmpty ? nil : .object(found)
        case .list(let nodes):
            var elements: [JSONTree] = []
            for node in nodes {
                if let element = tree(node, places) { elements.append(element) }
            }
            return elements.isEmpty && !nodes.isEmpty ? nil : .array(elements)
        }
    }

    // MARK: Variables

    mutating func addEnvironment(_ places: VolumePlaces, to grant: inout Grant) {
        var names: Set<String> = []
        for rules in profile.environment where holds(rules.condition) {
            var policy = rules.policy
            for chosen in rules.chosenPolicies.reversed() where !value(chosen.term.parameter).isEmpty {
                if holds(Condition(when: [chosen.term])) { policy = chosen.policy }
            }
            var group = VariableGroup(policy: .init(policy), variables: [])
            for rule in rules.variables {
                guard let name = text(rule.name), let value = variable(rule.value, places) else { continue }
                guard Names.isVariable(name) else {
                    fault("\"\(name.cut(to: 64))\" is not the name of a variable")
                    continue
                }
                // The first of several entries for a variable counts.
                if names.insert(name).inserted { group.variables.append(.init(name: name, value: value)) }
            }
            if !group.variables.isEmpty { grant.environment.append(group) }
        }
    }

    private mutating func variable(_ value: EnvironmentRules.Value, _ places: VolumePlaces) -> VariableGroup.Value? {
        switch value {
        case .field(let path): .field(path)
        case .text(let template): text(template, places).map { .text(Self.escaped($0)) }
        }
    }

    /// Doubles dollar signs where the kubelet would read a reference `$(NAME)` or one half of an escape
    /// (`k8s.io/kubernetes/third_party/forked/golang/expansion`).
    static func escaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var escaped: [UInt8] = []
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            escaped.append(byte)
            guard byte == UInt8(ascii: "$"), index + 1 < bytes.count else { continue }
            if bytes[index + 1] == byte || bytes[index + 1] == UInt8(ascii: "(") { escaped.append(byte) }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    // MARK: Metadata

    mutating func addMetadata(_ places: VolumePlaces, to grant: inout Grant) {
        grant.replacesMetadata = profile.metadata.replaces
        for entry in profile.metadata.annotations {
            if let value = text(entry.value, places) { grant.annotations.append((entry.key, value)) }
        }
        for entry in profile.metadata.labels {
            guard let value = text(entry.value, places) else { continue }
            guard Names.isLabelValue(value) else {
                warn("\"\(value.cut(to: 64))\" cannot be the value of a label, so the pod does not get \(entry.key)")
                continue
            }
            grant.labels.append((entry.key, value))
        }
    }
}

extension VariableGroup.Policy {
    fileprivate init(_ policy: ConflictPolicy) {
        self =
            switch policy {
            case .keep: .keep
            case .together: .together
            case .replace: .replace
            }
    }
}
