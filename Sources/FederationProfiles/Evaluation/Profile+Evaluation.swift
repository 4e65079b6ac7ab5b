internal import JSON
internal import PodIdentity

extension Profile {
    /// Determines what a pod gets from this profile. Nothing is looked up for a pod that its own labels rule out.
    package func evaluate(_ inputs: ProfileInputs) -> Evaluation {
        if let label = use.skipLabel, inputs.podLabel(label) != nil { return Evaluation(outcome: .none(.skipLabel)) }
        guard use.isPossible(inputs.podLabel) else { return Evaluation(outcome: .none(.notUsed)) }
        var evaluator = Evaluator(self, inputs)
        switch inputs.serviceAccount {
        case .known(let annotations): evaluator.serviceAccount = annotations
        case .unknown: return Evaluation(outcome: .needs(.serviceAccount))
        case .unavailable(let reason): return Evaluation(outcome: .unavailable(.serviceAccount, reason))
        case .absent:
            guard onMissingServiceAccount == .deny else {
                return Evaluation(outcome: .none(.serviceAccountNotFound))
            }
            let name = "\(inputs.namespace)/\(inputs.serviceAccountName)"
            return Evaluation(outcome: .denied("the ServiceAccount \(name) does not exist"))
        }
        switch evaluator.isUsed() {
        case .yes: break
        case .no:
            // Invalid values that count as missing are reported.
            let outcome = evaluator.warnings.isEmpty ? Evaluation.Outcome.none(.notUsed) : .skipped
            return Evaluation(outcome: outcome, warnings: evaluator.warnings)
        case .unknown: return Evaluation(outcome: .needs(.namespace))
        case .unavailable(let reason): return Evaluation(outcome: .unavailable(.namespace, reason))
        }
        evaluator.requireParameters()
        guard evaluator.faults.isEmpty else { return evaluator.refusal }
        let injection = evaluator.injection()
        guard evaluator.faults.isEmpty else { return evaluator.refusal }
        return Evaluation(outcome: .given(injection), warnings: evaluator.warnings)
    }
}

extension UseRules {
    /// Whether the pod's labels allow an identity.
    fileprivate func isPossible(_ label: (String) -> String?) -> Bool {
        common.allows(label) && (anyOf.isEmpty || anyOf.contains { $0.allows(label) })
    }
}

extension UseRules.Alternative {
    fileprivate func allows(_ label: (String) -> String?) -> Bool { podLabels.allSatisfy { label($0.key) == $0.value } }
}

extension Evaluator {
    enum Use {
        case yes, no
        /// It depends on the Namespace, which has not been looked up yet.
        case unknown
        case unavailable(String)
    }

    fileprivate mutating func isUsed() -> Use {
        let common = state(profile.use.common)
        guard case .no = common else {
            guard !profile.use.anyOf.isEmpty else { return common }
            var best = Use.no
            for alternative in profile.use.anyOf {
                switch (state(alternative), best) {
                case (.yes, _): return common
                case (.no, _): continue
                case (let state, .no): best = state
                default: continue
                }
            }
            return best
        }
        return .no
    }

    private mutating func state(_ alternative: UseRules.Alternative) -> Use {
        guard alternative.allows(inputs.podLabel), holds(alternative.condition) else { return .no }
        guard !alternative.namespaceLabels.isEmpty else { return .yes }
        switch inputs.namespaceObject {
        case .known(let object):
            return alternative.namespaceLabels.allSatisfy { object[label: $0.key] == $0.value } ? .yes : .no
        case .absent: return .no
        case .unknown: return .unknown
        case .unavailable(let reason): return .unavailable(reason)
        }
    }

    /// Determines every value, so that all invalid ones are reported at once.
    fileprivate mutating func requireParameters() {
        for index in profile.parameters.indices { _ = value(index) }
        for requirement in profile.use.requirements where holds(requirement.condition) {
            for index in requirement.parameters where value(index).isEmpty {
                fault("the identity needs \(profile.parameters[index].wanted)")
            }
        }
    }

    fileprivate var refusal: Evaluation {
        let reasons = faults.map(\.reason).joined(separator: "; ").cut(to: 1024)
        guard !faults.contains(where: { $0.consequence == .deny }) else {
            return Evaluation(outcome: .denied("\(profile.name): \(reasons)"), warnings: warnings)
        }
        var warnings = warnings
        for fault in faults { warnings.append("no identity of \(profile.name) is given: \(fault.reason)") }
        return Evaluation(outcome: .skipped, warnings: warnings)
    }
}

extension Parameter {
    /// What must be set for the parameter to have a value.
    fileprivate var wanted: String {
        for source in sources {
            if case .annotation(let key, let places) = source.origin {
                return "the annotation \(key) of the \(places.last == .pod ? "pod" : "ServiceAccount")"
            }
        }
        return "a value of \(name)"
    }
}
