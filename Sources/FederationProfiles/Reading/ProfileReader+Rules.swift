internal import JSON
internal import ProviderSupport

extension ProfileReader {
    private static let alternativeFields = ["when", "unless", "podLabel", "namespaceLabel"]

    mutating func readUse(_ fields: ProfileNode.Fields) {
        guard let node = fields["use"] else {
            findings.add("the field use is missing: say which pods get the identity", at: fields.node)
            return
        }
        let fields = node.fields(Self.alternativeFields + ["requires", "anyOf", "skipLabel"], &findings)
        profile.use.common = alternative(fields)
        for node in fields["anyOf"]?.list(&findings, atMost: 16) ?? [] {
            let alternative = alternative(node.fields(Self.alternativeFields, &findings))
            if alternative.isEmpty { findings.add("this alternative holds for every pod", at: node) }
            profile.use.anyOf.append(alternative)
        }
        if let node = fields["skipLabel"] { profile.use.skipLabel = key(node) }
        if profile.use.common.isEmpty, profile.use.anyOf.isEmpty, findings.isEmpty {
            findings.add("every pod would get the identity: give when, podLabel, namespaceLabel or anyOf", at: node)
        }
        if let node = fields["requires"] { readRequirements(node) }
    }

    private mutating func alternative(_ fields: ProfileNode.Fields) -> UseRules.Alternative {
        var alternative = UseRules.Alternative(condition: condition(fields))
        let (pod, namespace) = (labels(fields["podLabel"]), labels(fields["namespaceLabel"]))
        alternative.podLabels = pod.compactMap { $0 }
        alternative.namespaceLabels = namespace.compactMap { $0 }
        // A label that is unknown because a setting is empty must not make the rule apply to more pods.
        if (pod + namespace).contains(where: { $0 == nil }) { alternative.condition.isNever = true }
        return alternative
    }

    private mutating func labels(_ node: ProfileNode?) -> [UseRules.Label?] {
        var labels: [UseRules.Label?] = []
        for (name, node) in node?.entries(&findings, atMost: 8) ?? [] {
            guard let key = key(name, at: node), let value = template(node, .settings)?.constant else {
                labels.append(nil)
                continue
            }
            if !Names.isLabelValue(value) {
                findings.add("\"\(value.cut(to: 64))\" is not the value of a label", at: node)
            }
            labels.append(UseRules.Label(key: key, value: value))
        }
        return labels
    }

    /// Reads names of parameters, and entries with `params` and a condition.
    private mutating func readRequirements(_ node: ProfileNode) {
        for item in node.list(&findings) {
            guard item.tree.members != nil else {
                if let index = parameter(item) { profile.use.requirements.append(.init(parameters: [index])) }
                continue
            }
            let fields = item.fields(["params", "when", "unless"], &findings)
            let names = fields.required("params", &findings)?.listOrOne(&findings) ?? []
            let indexes = names.compactMap { parameter($0) }
            profile.use.requirements.append(.init(parameters: indexes, condition: condition(fields)))
        }
    }

    private mutating func parameter(_ node: ProfileNode) -> Int? {
        guard let name = node.text(&findings) else { return nil }
        if let index = parameterIndexes[name] { return index }
        let known = parameterIndexes.keys.sorted()
        let advice = Spelling.suggestion(for: name, among: known).map { "; did you mean \($0)?" } ?? ""
        findings.add("there is no parameter \"\(name.cut(to: 64))\"\(advice)", at: node)
        return nil
    }

    mutating func readContainers(_ fields: ProfileNode.Fields) {
        guard let node = fields["containers"] else { return }
        let fields = node.fields(["skip", "only", "acknowledge", "separator", "in"], &findings)
        if let node = fields["skip"] { profile.containers.skip = key(node) }
        if let node = fields["only"] { profile.containers.only = key(node) }
        if let node = fields["acknowledge"] { profile.containers.acknowledge = key(node) }
        if let places = places(fields) { profile.containers.places = places }
        guard let node = fields["separator"], let text = node.text(&findings) else { return }
        if text == "csv" {
            profile.containers.separator = .csv
        } else if text.utf8.count == 1, text.utf8.allSatisfy({ ",;: |/".utf8.contains($0) }) {
            profile.containers.separator = .text(text)
        } else {
            findings.add("must be csv or one of the characters , ; : | / and space", at: node)
        }
    }

    mutating func readMetadata(_ fields: ProfileNode.Fields) {
        guard let node = fields["metadata"] else { return }
        let fields = node.fields(["policy", "annotations", "labels"], &findings)
        if let node = fields["policy"], let policy = node.word(ConflictPolicy.self, &findings) {
            if policy == .together { findings.add("must be keep or replace", at: node) }
            profile.metadata.replaces = policy == .replace
        }
        profile.metadata.annotations = entries(fields["annotations"])
        profile.metadata.labels = entries(fields["labels"])
    }

    /// Annotations or labels to write. Those without a slash get the profile's prefix.
    mutating func entries(_ node: ProfileNode?) -> [MetadataRules.Entry] {
        var entries: [MetadataRules.Entry] = []
        for (name, node) in node?.entries(&findings, atMost: 32) ?? [] {
            guard let key = key(name, at: node), let value = template(node, .all) else { continue }
            requireOwn(key, at: node)
            entries.append(MetadataRules.Entry(key: key, value: value))
        }
        return entries
    }

    /// Profiles may not write keys with other programs' prefixes, because these programs act on them.
    mutating func requireOwn(_ key: String, at node: ProfileNode) {
        guard !key.hasPrefix(profile.prefix + "/") else { return }
        findings.add("a profile writes only annotations and labels with its own prefix, \(profile.prefix)", at: node)
    }

    mutating func readIdentity(_ fields: ProfileNode.Fields) {
        for node in fields["overriding"]?.list(&findings) ?? [] {
            guard let name = node.text(&findings) else { continue }
            if !Names.isVariable(name) {
                findings.add("\"\(name.cut(to: 64))\" is not the name of a variable", at: node)
            }
            profile.overriding.append(name)
        }
        for node in fields["identity"]?.listOrOne(&findings) ?? [] {
            if let template = template(node, .values) { profile.identity.append(template) }
        }
        guard profile.identity.isEmpty, let first = profile.use.common.condition.when.first else { return }
        var template = Template()
        template.segments = [.parameter(first.parameter)]
        profile.identity = [template]
    }
}
