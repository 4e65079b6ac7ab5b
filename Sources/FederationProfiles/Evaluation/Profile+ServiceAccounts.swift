internal import PodIdentity

extension Profile {
    /// Whether a ServiceAccount with these annotations gives its pods an identity, if their labels permit it.
    func isWanted(by annotations: Annotations) -> Bool {
        guard !annotations.isEmpty else { return false }
        var evaluator = Evaluator(self, ofServiceAccount: annotations)
        let alternatives = use.anyOf.map(\.condition)
        guard evaluator.holds(use.common.condition) else { return false }
        if !alternatives.isEmpty, !alternatives.contains(where: { evaluator.holds($0) }) { return false }
        if !use.common.condition.when.isEmpty || alternatives.contains(where: { !$0.when.isEmpty }) { return true }
        return identity.contains { evaluator.text($0) != nil }
    }

    /// What is invalid in a ServiceAccount's annotations.
    func problems(ofServiceAccount annotations: Annotations) -> Warnings {
        var evaluator = Evaluator(self, ofServiceAccount: annotations)
        for index in parameters.indices { _ = evaluator.value(index) }
        var problems = evaluator.warnings
        for fault in evaluator.faults { problems.append("\(fault.reason)") }
        return problems
    }
}

extension Evaluator {
    fileprivate init(_ profile: Profile, ofServiceAccount annotations: Annotations) {
        self.init(
            profile,
            ProfileInputs(namespace: "", serviceAccountName: "", serviceAccount: .known(annotations))
        )
        serviceAccount = annotations
    }
}
