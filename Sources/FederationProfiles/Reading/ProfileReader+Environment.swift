internal import JSON

extension ProfileReader {
    private static let podFields = [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
        "spec.serviceAccountName", "status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs",
    ]
    private static let maximumVariables = 128

    mutating func readEnvironment(_ fields: ProfileNode.Fields) {
        guard let node = fields["environment"] else { return }
        for item in node.list(&findings) { readEnvironmentItem(item) }
        let count = profile.environment.reduce(0) { $0 + $1.variables.count }
        if count > Self.maximumVariables {
            findings.add("has \(count) variables; at most \(Self.maximumVariables) are allowed", at: node)
        }
        checkVariables(at: node)
    }

    private mutating func readEnvironmentItem(_ node: ProfileNode) {
        let fields = node.fields(
            ["policy", "policyWhen", "values", "name", "value", "fieldRef", "when", "unless"],
            &findings
        )
        var rules = EnvironmentRules()
        if let policy = fields["policy"]?.word(ConflictPolicy.self, &findings) { rules.policy = policy }
        rules.condition = condition(fields)
        rules.chosenPolicies = chosenPolicies(fields["policyWhen"])
        if let values = fields["values"] {
            for (name, value) in values.entries(&findings) { add(name, Content(value: value), to: &rules, at: value) }
            for field in ["name", "value", "fieldRef"] {
                if let node = fields[field] { findings.add("an entry has either values or a name", at: node) }
            }
        } else if let nameNode = fields.required("name", &findings), let name = nameNode.text(&findings) {
            add(name, Content(value: fields["value"], field: fields["fieldRef"]), to: &rules, at: nameNode)
        }
        profile.environment.append(rules)
    }

    private struct Content {
        var value: ProfileNode?
        var field: ProfileNode?
    }

    private mutating func add(
        _ name: String,
        _ content: Content,
        to rules: inout EnvironmentRules,
        at node: ProfileNode
    ) {
        guard let name = template(name, .values, at: node) else { return }
        checkVariable(name, at: node)
        switch (content.value, content.field) {
        case (let value?, nil):
            if let text = template(value, .all) { rules.variables.append(.init(name: name, value: .text(text))) }
        case (nil, let field?):
            guard let path = field.text(&findings) else { return }
            if !Self.isField(path) {
                findings.add(
                    "must be one of \(Self.podFields.joined(separator: ", ")), metadata.labels['…'] and metadata.annotations['…']",
                    at: field
                )
            }
            rules.variables.append(.init(name: name, value: .field(path)))
        default: findings.add("must have either a value or a fieldRef", at: node)
        }
    }

    /// A name with holes must have a fixed part, so that an annotation cannot set just any variable.
    private mutating func checkVariable(_ name: Template, at node: ProfileNode) {
        guard !name.isLeftOut else { return }
        if let text = name.constant {
            if !Names.isVariable(text) {
                findings.add("\"\(text.cut(to: 64))\" is not a name of letters, digits and underscores", at: node)
            }
            if Names.runsCode(text) {
                findings.add("\(text) could make a program run code, so no profile sets it", at: node)
            }
            return
        }
        let own = name.segments.reduce(0) { count, segment in
            if case .literal(let text) = segment { count + text.utf8.count { $0 != UInt8(ascii: "_") } } else { count }
        }
        if own < 4 { findings.add("a name with holes needs at least 4 letters of its own", at: node) }
    }

    private static func isField(_ path: String) -> Bool {
        if podFields.contains(path) { return true }
        for prefix in ["metadata.labels['", "metadata.annotations['"]
        where path.hasPrefix(prefix) && path.hasSuffix("']") {
            return Names.isQualifiedName(String(path.dropFirst(prefix.count).dropLast(2)))
        }
        return false
    }

    /// Reads policies by the parameters that select them: by name alone if these need only be set, or by value.
    private mutating func chosenPolicies(_ node: ProfileNode?) -> [EnvironmentRules.ChosenPolicy] {
        var policies: [EnvironmentRules.ChosenPolicy] = []
        for (name, node) in node?.entries(&findings, atMost: 8) ?? [] {
            guard let index = parameterIndexes[name] else {
                findings.add("there is no parameter \"\(name.cut(to: 64))\"", at: node)
                continue
            }
            guard let policy = node.word(ConflictPolicy.self, &findings) else { continue }
            policies.append(.init(term: .init(parameter: index, value: nil), policy: policy))
        }
        return policies
    }

    /// A variable may occur twice only if conditions choose between the entries.
    private mutating func checkVariables(at node: ProfileNode) {
        var seen: [String: Bool] = [:]
        for rules in profile.environment {
            for name in rules.variables.compactMap(\.name.constant) {
                let isConditional = !rules.condition.isAlways
                if let other = seen[name], !(other && isConditional) {
                    findings.add("the variable \(name) stands twice; say when and unless for each", at: node)
                }
                seen[name] = isConditional && seen[name] ?? true
            }
        }
    }
}
