internal import JSON
internal import KubernetesObjects
package import PodIdentity
internal import ProviderSupport

/// Gives pods the identities of one profile.
package struct ProfileProvider: IdentityProvider {
    package let profile: Profile
    /// The keys with the profile's prefix that any profile reads; nil if another provider warns about unknown ones.
    private let knownKeys: Set<String>?

    /// - Parameter knownKeys: The keys of the annotations with this prefix that any profile reads from a
    ///   ServiceAccount; nil if there should be no warnings about unknown ones.
    package init(_ profile: Profile, knownKeys: Set<String>? = nil) {
        self.profile = profile
        self.knownKeys = knownKeys
        serviceAccountAnnotations = profile.serviceAccountAnnotations
        namespaceLabels = profile.namespaceLabels
        annotationPrefix = profile.prefix + "/"
        podKeys = PodKeys(keys: profile.podAnnotations + profile.podLabels)
        clues = UseClues(profile)
        shape = InjectionShape(
            environment: profile.environment.map { rules in
                (.addIfAbsent, rules.variables.compactMap(\.name.constant))
            },
            identityVariables: profile.certainIdentityVariables,
            fileVariable: profile.fileVariable,
            volumes: profile.volumeNames
        )
    }

    package var cloud: String { profile.name }
    package let serviceAccountAnnotations: [String]
    package let namespaceLabels: [String]
    package let annotationPrefix: String
    private let shape: InjectionShape
    private let clues: UseClues?

    package func givesIdentity(_ annotations: Annotations) -> Bool { profile.isWanted(by: annotations) }

    package func problems(ofServiceAccount annotations: Annotations) -> Warnings {
        var problems = profile.problems(ofServiceAccount: annotations)
        guard let knownKeys else { return problems }
        for (key, _) in annotations.pairs where key.hasPrefix(annotationPrefix) && !knownKeys.contains(key) {
            problems.append(Spelling.unknownAnnotation(key, prefix: annotationPrefix, known: knownKeys))
        }
        return problems
    }

    package let podKeys: PodKeys?

    package func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        decide(pod, inputs).within(profile.readsPodName ? .podsOfName : .podsAlike)
    }

    private func decide(_ pod: PodView, _ inputs: DecisionInputs) -> Decision {
        if pod.serviceAccountName != nil, isUnconcerned(pod, inputs) { return Decision(.leaveAlone(.noIdentity)) }
        guard let account = pod.serviceAccount else { return Decision(.leaveAlone(.noServiceAccount)) }
        let evaluation = profile.evaluate(ProfileInputs(pod, account, inputs))
        var decision = Decision(.leaveAlone(.noIdentity), warnings: evaluation.warnings)
        switch evaluation.outcome {
        case .given(let injection): decision.outcome = .inject(injection)
        case .none(.notUsed): decision.outcome = .leaveAlone(.noIdentity)
        case .none(.skipLabel): decision.outcome = .leaveAlone(.skipLabel)
        case .none(.serviceAccountNotFound): decision.outcome = .leaveAlone(.serviceAccountNotFound)
        case .skipped: decision.outcome = .leaveAlone(.invalidSetting)
        case .denied(let message): decision.outcome = .deny(Denial(.invalidSetting, message))
        case .needs(.serviceAccount): decision.outcome = .needs(.serviceAccount(account))
        case .needs(.namespace): decision.outcome = .needs(.namespace(pod.namespace))
        case .unavailable(.serviceAccount, let reason):
            decision.outcome = .leaveAlone(.serviceAccountUnavailable)
            decision.warnings.append(
                "no identity of \(profile.name) is given: the ServiceAccount \(account) could not be looked up: \(reason)"
            )
        case .unavailable(.namespace, let reason):
            decision.outcome = .leaveAlone(.namespaceUnavailable)
            decision.warnings.append(
                "no identity of \(profile.name) is given: the Namespace \(pod.namespace) could not be looked up: \(reason)"
            )
        }
        return decision
    }

    /// Whether it is clear without an evaluation that the profile does not concern the pod.
    private func isUnconcerned(_ pod: PodView, _ inputs: DecisionInputs) -> Bool {
        guard let clues, case .known(let annotations) = inputs.serviceAccount,
            clues.areMissing(in: annotations, pod)
        else { return false }
        return profile.skipLabel.map { pod.label($0) == nil } ?? true
    }

    package func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)] {
        if let label = profile.skipLabel, pod.label(label) != nil { return [] }
        // If nothing shows whether a container has the identity, no container counts as having it.
        guard !shape.identityVariables.isEmpty || !shape.volumes.isEmpty else { return [] }
        let account = NamespacedName(namespace: pod.namespace, name: pod.serviceAccountName ?? "")
        var evaluator = Evaluator(profile, ProfileInputs(pod, account, DecisionInputs(serviceAccount: .unknown)))
        var lists = Injection(method: Evaluator.method, identity: "")
        evaluator.addContainerLists(to: &lists)
        return pod.injections(of: shape, method: Evaluator.method) { container, injection in
            let name = profile.nameVariable.flatMap { container.value(of: $0) } ?? profile.name
            injection.identity = name.cut(to: Annotations.maximumValue)
            injection.isGrantedBySubject = true
            injection.overridingVariables = profile.overriding
            injection.skippedContainers = lists.skippedContainers
            injection.onlyContainers = lists.onlyContainers
            injection.acknowledgedContainers = lists.acknowledgedContainers
        }
    }
}

extension ProfileInputs {
    fileprivate init(_ pod: PodView, _ account: NamespacedName, _ inputs: DecisionInputs) {
        self.init(
            namespace: pod.namespace,
            serviceAccountName: account.name,
            serviceAccount: inputs.serviceAccount,
            namespaceObject: inputs.namespace ?? .unavailable("Namespaces are not watched"),
            podAnnotation: { pod.annotation($0) },
            podLabel: { pod.label($0) }
        )
        podName = pod.metadata?["name"]?.string ?? ""
        podGenerateName = pod.metadata?["generateName"]?.string ?? ""
        isForWindows = pod.isForWindows
    }
}

extension ProfileSet: ProviderSet {
    static func providers(of profiles: [Profile]) -> [any IdentityProvider] {
        profiles.enumerated().map { index, profile in
            let family = profiles.filter { $0.prefix == profile.prefix }
            let isFirst = !profiles[..<index].contains { $0.prefix == profile.prefix }
            let keys = family.flatMap { $0.serviceAccountAnnotations + $0.podAnnotations }
            return ProfileProvider(profile, knownKeys: isFirst ? Set(keys) : nil)
        }
    }
}
