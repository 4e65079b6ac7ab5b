internal import JSON
internal import ProviderSupport

extension ProfileReader {
    /// Reads the fields `when` and `unless`: a name, a list of names, or values by names.
    mutating func condition(_ fields: ProfileNode.Fields) -> Condition {
        var condition = Condition()
        for asked in fields["when"].map({ asked($0) }) ?? [] {
            switch asked {
            case .ofParameter(let term): condition.when.append(term)
            case .ofSetting(let holds): condition.isNever = condition.isNever || !holds
            }
        }
        for asked in fields["unless"].map({ asked($0) }) ?? [] {
            switch asked {
            case .ofParameter(let term): condition.unless.append(term)
            case .ofSetting(let holds): condition.isNever = condition.isNever || holds
            }
        }
        return condition
    }

    private enum Asked {
        case ofParameter(Condition.Term)
        /// Whether the term holds, which is already known.
        case ofSetting(holds: Bool)
    }

    private mutating func asked(_ node: ProfileNode) -> [Asked] {
        var terms: [Asked] = []
        for item in node.listOrOne(&findings) {
            if item.tree.members != nil {
                for (name, value) in item.entries(&findings, atMost: 16) {
                    guard let text = conditionValue(value) else { continue }
                    if let term = term(name, text, at: value) { terms.append(term) }
                }
            } else if let name = item.text(&findings), let term = term(name, nil, at: item) {
                terms.append(term)
            }
        }
        return terms
    }

    /// Flags are compared with `true` and `false`, which need no quotes.
    private mutating func conditionValue(_ node: ProfileNode) -> String? {
        switch node.tree {
        case .literal("true"): return "true"
        case .literal("false"): return "false"
        default: return node.text(&findings)
        }
    }

    private mutating func term(_ name: String, _ value: String?, at node: ProfileNode) -> Asked? {
        if let index = parameterIndexes[name] {
            let term = Condition.Term(parameter: index, value: value)
            terms.append((term, node))
            return .ofParameter(term)
        }
        if let setting = settings[name] { return .ofSetting(holds: Condition.Term.holds(setting, value)) }
        let known = parameterIndexes.keys.sorted() + settings.keys.sorted()
        let advice = Spelling.suggestion(for: name, among: known).map { "; did you mean \($0)?" } ?? ""
        findings.add("there is no parameter or setting \"\(name.cut(to: 64))\"\(advice)", at: node)
        return nil
    }

    /// Checks terms: a value that a parameter can never have is a mistake.
    mutating func checkTerms() {
        for (term, node) in terms {
            guard let value = term.value, let possible = profile.parameters[term.parameter].possibleValues,
                !possible.contains(value)
            else { continue }
            let name = profile.parameters[term.parameter].name
            findings.add(
                "\(name) is never \"\(value.cut(to: 64))\", only \(possible.joined(separator: ", "))",
                at: node
            )
        }
    }
}

extension Parameter {
    /// All possible values of the parameter; nil if they are not known.
    var possibleValues: [String]? {
        var values: [String] = []
        for source in sources {
            if let map = source.map {
                for template in map.values {
                    guard let text = template.constant else { return nil }
                    values.append(text)
                }
            } else if !source.choices.isEmpty {
                values += source.choices
            } else if kind == .flag {
                values += ["true", "false"]
            } else {
                return nil
            }
        }
        guard let fallback else { return values }
        return fallback.constant.map { values + [$0] }
    }
}
