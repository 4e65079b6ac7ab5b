package import JSON

/// Selects objects by their labels (meta/v1 `LabelSelector`). An object must meet all requirements; without any, all
/// objects are selected.
package struct LabelSelector: Equatable, Sendable {
    package enum Requirement: Equatable, Sendable {
        case isIn(key: String, values: [String])
        /// Objects without the label meet this requirement too.
        case notIn(key: String, values: [String])
        case exists(key: String)
        case doesNotExist(key: String)
    }

    package var requirements: [Requirement]

    package init(_ requirements: [Requirement] = []) { self.requirements = requirements }

    /// Returns nil if there is an operator that this version does not know.
    package init?(_ value: JSONValue?) {
        requirements = []
        value?["matchLabels"]?.members.forEach {
            requirements.append(.isIn(key: $0.key.string, values: [$0.value.string ?? ""]))
        }
        guard let expressions = value?["matchExpressions"] else { return }
        for expression in expressions.elements {
            guard let requirement = Requirement(expression) else { return nil }
            requirements.append(requirement)
        }
    }

    package func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { requirement in
            switch requirement {
            case .isIn(let key, let values): labels[key].map(values.contains) ?? false
            case .notIn(let key, let values): !(labels[key].map(values.contains) ?? false)
            case .exists(let key): labels[key] != nil
            case .doesNotExist(let key): labels[key] == nil
            }
        }
    }
}

extension LabelSelector.Requirement {
    fileprivate init?(_ expression: JSONValue) {
        let key = expression["key"]?.string ?? ""
        let values = expression["values"]?.elements.compactMap(\.string) ?? []
        switch expression["operator"]?.string {
        case "In": self = .isIn(key: key, values: values)
        case "NotIn": self = .notIn(key: key, values: values)
        case "Exists": self = .exists(key: key)
        case "DoesNotExist": self = .doesNotExist(key: key)
        default: return nil
        }
    }
}

/// The description has the syntax of kubectl's `--selector`.
extension LabelSelector: CustomStringConvertible {
    package var description: String {
        requirements.map { requirement in
            switch requirement {
            case .isIn(let key, let values) where values.count == 1: "\(key)=\(values[0])"
            case .isIn(let key, let values): "\(key) in (\(values.joined(separator: ",")))"
            case .notIn(let key, let values) where values.count == 1: "\(key)!=\(values[0])"
            case .notIn(let key, let values): "\(key) notin (\(values.joined(separator: ",")))"
            case .exists(let key): key
            case .doesNotExist(let key): "!\(key)"
            }
        }.joined(separator: ",")
    }
}
