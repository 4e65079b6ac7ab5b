extension Profile {
    /// The variables that show that a container has the identity: those with its name, and those with the paths of
    /// tokens and of files made from the profile. If there are none, and no volume either, it is all variables.
    var identityVariables: [String] {
        let names = identityRules.map(\.name)
        guard names.isEmpty, volumes.isEmpty else { return distinct(names) }
        return variables
    }

    /// The variable with the path of a token or, if there is none, of a file, in every pod with the identity.
    var fileVariable: String? {
        let candidates = certainRules.filter { fileRank($0.value) != nil }
        return candidates.min { (fileRank($0.value) ?? 2) < (fileRank($1.value) ?? 2) }?.name
    }

    /// The identity's variables that every container with the identity has.
    var certainIdentityVariables: [String] {
        let names = distinct(identityRules.map(\.name))
        guard !names.isEmpty || !volumes.isEmpty else { return distinct(certainRules.map(\.name)) }
        return names.filter { name in certainRules.contains { $0.name == name } }
    }

    /// The variable with only the name of the identity.
    var nameVariable: String? {
        identityRules.first { rule in
            if case .text(let template) = rule.value { identity.contains(template) } else { false }
        }?.name
    }

    /// An entry of the environment with a fixed variable name.
    private struct Rule {
        var name: String
        var value: EnvironmentRules.Value
    }

    private var identityRules: [Rule] {
        let named = Set(identity.flatMap(\.parameters))
        return rules(of: environment).filter { rule in
            guard case .text(let template) = rule.value else { return false }
            return fileRank(rule.value) != nil || !named.isDisjoint(with: template.parameters)
        }
    }

    /// The entries that every pod with the identity has.
    private var certainRules: [Rule] {
        let required = Set(use.common.condition.when.map(\.parameter))
        return rules(of: environment.filter(\.condition.isAlways)).filter { rule in
            guard case .text(let template) = rule.value else { return true }
            return !template.isLeftOut
                && template.parameters.allSatisfy { required.contains($0) || parameters[$0].fallback?.constant != nil }
        }
    }

    private func rules(of environment: [EnvironmentRules]) -> [Rule] {
        environment.flatMap(\.variables).compactMap { variable in
            variable.name.constant.map { Rule(name: $0, value: variable.value) }
        }
    }

    /// 0 for the path of a token, 1 for that of a file made from the profile; nil for everything else.
    private func fileRank(_ value: EnvironmentRules.Value) -> Int? {
        guard case .text(let template) = value, template.segments.count == 1,
            case .file(let volume, let path)? = template.segments.first
        else { return nil }
        for source in volumes[volume].sources where source.source.paths.contains(path) {
            switch source.source {
            case .token: return 0
            case .file: return 1
            default: continue
            }
        }
        return nil
    }

    private func distinct(_ names: [String]) -> [String] {
        names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
