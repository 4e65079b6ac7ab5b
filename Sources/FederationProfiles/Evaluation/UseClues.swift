internal import PodIdentity

/// The annotations at least one of which must be present for a profile to concern a pod. Most pods have none of them,
/// and then nothing is evaluated.
struct UseClues: Sendable {
    let serviceAccountKeys: [String]
    let podKeys: [String]

    /// Fails if a pod can be given something without any of these annotations.
    init?(_ profile: Profile) {
        let alternatives = [profile.use.common] + profile.use.anyOf
        var open = alternatives.flatMap { $0.condition.when + $0.condition.unless }.map(\.parameter)
        var seen: Set<Int> = []
        var (accountKeys, podKeys): (Set<String>, Set<String>) = ([], [])
        while let index = open.popLast() {
            guard seen.insert(index).inserted else { continue }
            let parameter = profile.parameters[index]
            // Something that depends on names does not depend only on annotations.
            guard parameter.templates.allSatisfy(\.dependsOnParametersAlone) else { return nil }
            open += parameter.dependencies
            for source in parameter.sources {
                guard case .annotation(let key, let places) = source.origin else { continue }
                if places.contains(.serviceAccount) { accountKeys.insert(key) }
                if places.contains(.pod) { podKeys.insert(key) }
            }
        }
        serviceAccountKeys = accountKeys.sorted()
        self.podKeys = podKeys.sorted()
        var evaluator = Evaluator(
            profile,
            ProfileInputs(namespace: "", serviceAccountName: "", serviceAccount: .known(Annotations()))
        )
        let isUsed =
            evaluator.holds(profile.use.common.condition)
            && (profile.use.anyOf.isEmpty || profile.use.anyOf.contains { evaluator.holds($0.condition) })
        // A setting alone can lead to a warning.
        guard !isUsed, evaluator.warnings.isEmpty else { return nil }
    }

    func areMissing(in annotations: Annotations, _ pod: PodView) -> Bool {
        if !annotations.isEmpty {
            for key in serviceAccountKeys where annotations[key] != nil { return false }
        }
        for key in podKeys where pod.annotation(key) != nil { return false }
        return true
    }
}

extension Template {
    fileprivate var dependsOnParametersAlone: Bool {
        segments.allSatisfy { segment in
            switch segment {
            case .literal, .parameter: true
            case .namespace, .serviceAccount, .file, .folder: false
            }
        }
    }
}
