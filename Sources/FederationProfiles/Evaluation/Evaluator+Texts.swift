internal import JSON
internal import PodIdentity

extension Evaluator {
    // MARK: Files

    /// The text of a file; nil if it cannot be written, which is a fault.
    mutating func file(_ content: FileContent, path: String, _ places: VolumePlaces) -> String? {
        fileBytes = 0
        let root = members(content.root, places)
        do {
            return try FileText.write(.object(root), as: content.format)
        } catch {
            fault("the file \(path): \(error.reason)")
            return nil
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

    /// The value with its holes filled; nil if it is left out, as are objects and lists of which nothing is left.
    private mutating func tree(_ node: FileContent.Node, _ places: VolumePlaces) -> JSONTree? {
        switch node {
        case .literal(let lexeme): return .literal(lexeme)
        case .text(let template):
            // A file that is already too long is not made any longer.
            guard fileBytes <= FileText.maximumBytes, let text = text(template, places) else { return nil }
            fileBytes += text.utf8.count
            return .string(text)
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

    mutating func addEnvironment(_ places: VolumePlaces, to injection: inout Injection) {
        var names: Set<String> = []
        for rules in profile.environment where holds(rules.condition) {
            var variables: [EnvironmentGroup.Variable] = []
            for rule in rules.variables {
                guard let name = text(rule.name), let variable = variable(name, rule.value, places) else { continue }
                guard Names.isVariable(name), !Names.runsCode(name) else {
                    fault("\"\(name.cut(to: 64))\" is not the name of a variable that a profile may set")
                    continue
                }
                // The first of several entries for a variable counts.
                if names.insert(name).inserted { variables.append(variable) }
            }
            let policy = EnvironmentGroup.Policy(policy(rules))
            if !variables.isEmpty { injection.environment.append(EnvironmentGroup(policy, variables)) }
        }
    }

    private mutating func policy(_ rules: EnvironmentRules) -> ConflictPolicy {
        for chosen in rules.chosenPolicies where holds(Condition(when: [chosen.term])) { return chosen.policy }
        return rules.policy
    }

    private mutating func variable(
        _ name: String,
        _ value: EnvironmentRules.Value,
        _ places: VolumePlaces
    ) -> EnvironmentGroup.Variable? {
        switch value {
        case .field(let path): .init(name, fieldPath: path)
        // An annotation must not read the container's other variables.
        case .text(let template): text(template, places).map { .init(name, EnvironmentGroup.Variable.escape($0)) }
        }
    }

    // MARK: Metadata

    mutating func addMetadata(_ places: VolumePlaces, to injection: inout Injection) {
        let policy = profile.metadata.replaces ? MetadataEntry.Policy.replace : .addIfAbsent
        for entry in profile.metadata.annotations {
            guard let value = text(entry.value, places) else { continue }
            injection.annotations.append(MetadataEntry(policy, entry.key, value))
        }
        for entry in profile.metadata.labels {
            guard let value = text(entry.value, places) else { continue }
            guard Names.isLabelValue(value) else {
                warn("\"\(value.cut(to: 64))\" cannot be the value of a label, so the pod does not get \(entry.key)")
                continue
            }
            injection.labels.append(MetadataEntry(policy, entry.key, value))
        }
    }
}

extension EnvironmentGroup.Policy {
    fileprivate init(_ policy: ConflictPolicy) {
        self =
            switch policy {
            case .keep: .addIfAbsent
            case .together: .addIfNoneIsSet
            case .replace: .replace
            }
    }
}
