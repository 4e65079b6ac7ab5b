/// All providers. Those of one cloud form a chain, in which the first one with an injection wins; the clouds decide
/// independently of each other.
package struct ProviderChain: Sendable {
    /// The providers of one cloud.
    struct Cloud: Sendable {
        let name: String
        let auditKeys: AuditKeys
        let noun: String
        var providers: [any IdentityProvider]
    }

    private let compiled: [Cloud]
    private let dynamic: [ProviderConfigurationSource]

    /// - Parameters:
    ///   - providers: In order of precedence.
    ///   - dynamic: Configurations that are a `ProviderSet`. Their providers come after all others.
    package init(_ providers: [any IdentityProvider], dynamic: [ProviderConfigurationSource] = []) {
        compiled = Self.clouds(of: providers)
        self.dynamic = dynamic
    }

    static func clouds(of providers: [any IdentityProvider]) -> [Cloud] {
        let clouds = providers.map { provider in
            Cloud(name: provider.cloud, auditKeys: provider.auditKeys, noun: provider.noun, providers: [provider])
        }
        return add(clouds, to: [])
    }

    /// Adds clouds, or adds their providers to those of a cloud that is already present.
    private static func add(_ others: [Cloud], to clouds: [Cloud]) -> [Cloud] {
        var clouds = clouds
        clouds.reserveCapacity(clouds.count + others.count)
        for other in others {
            if let index = clouds.firstIndex(where: { $0.name == other.name }) {
                clouds[index].providers += other.providers
            } else {
                clouds.append(other)
            }
        }
        return clouds
    }

    /// The configurations that contain providers.
    package var dynamicConfigurations: [ProviderConfigurationSource] { dynamic }

    /// - Parameter configurations: What is known about the dynamic configurations.
    func clouds(_ configurations: ProviderConfigurations) -> [Cloud] {
        guard !dynamic.isEmpty else { return compiled }
        return dynamic.reduce(compiled) { Self.add(configurations.clouds(at: $1.place), to: $0) }
    }

    /// All providers, including those in the configurations.
    package func providers(_ configurations: ProviderConfigurations = .init()) -> [any IdentityProvider] {
        clouds(configurations).flatMap(\.providers)
    }

    // MARK: What the providers read

    /// The keys that providers read from objects of the cluster.
    package func keys(_ configurations: ProviderConfigurations = .init()) -> MetadataKeys {
        MetadataKeys(of: providers(configurations))
    }

    /// The keys of the annotations that any provider reads, without duplicates.
    package var serviceAccountAnnotations: [String] { keys().annotations }

    /// The configurations that any provider reads, without duplicates.
    package var configurations: [ProviderConfigurationSource] {
        (providers().flatMap(\.configurations) + dynamic).reduce(into: []) { sources, source in
            if !sources.contains(where: { $0.place == source.place }) { sources.append(source) }
        }
    }

    /// Whether the decisions of any compiled provider depend on the version of the API server.
    package var needsServerVersion: Bool { providers().contains(where: \.needsServerVersion) }

    /// Whether these annotations of a ServiceAccount or a Namespace specify an identity of any provider.
    package func givesIdentity(_ annotations: Annotations, _ configurations: ProviderConfigurations = .init()) -> Bool {
        providers(configurations).contains { $0.givesIdentity(annotations) }
    }

    /// The prefixes of the providers' annotations, without duplicates.
    package func annotationPrefixes(_ configurations: ProviderConfigurations = .init()) -> [String] {
        distinct(providers(configurations).map(\.annotationPrefix).filter { !$0.isEmpty })
    }

    private func distinct(_ texts: [String]) -> [String] {
        texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// - Parameter annotations: The annotations of a ServiceAccount that begin with one of `annotationPrefixes`.
    package func problems(
        ofServiceAccount annotations: Annotations,
        _ configurations: ProviderConfigurations = .init()
    ) -> Warnings {
        providers(configurations).reduce(into: []) { $0 += $1.problems(ofServiceAccount: annotations) }
    }

    /// The annotations and labels that providers read from pods; nil if decisions must not be remembered.
    func podKeys(_ configurations: ProviderConfigurations) -> PodKeys? {
        var keys = PodKeys()
        for provider in providers(configurations) {
            guard let others = provider.podKeys else { return nil }
            keys.formUnion(others)
        }
        return keys
    }

    // MARK: Decisions

    /// As below, but decisions about pods with the same inputs are remembered.
    package func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator,
        remembering memory: DecisionMemory?
    ) -> Answer<[CloudDecision]> {
        guard let memory, let question = memory.question(about: pod, inputs, of: self) else {
            return decide(pod, inputs, using: &generator)
        }
        if let decisions = memory.decisions(question) { return .ready(decisions) }
        let answer = decide(pod, inputs, using: &generator)
        if case .ready(let decisions) = answer { memory.remember(decisions, question) }
        return answer
    }

    /// The decision of each cloud's providers, in order; or what must be looked up first.
    package func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Answer<[CloudDecision]> {
        var decisions = dynamicDecisions(inputs.configurations)
        for decision in decisions {
            if case .needs(let need) = decision.decision.outcome { return .needs(need) }
        }
        for cloud in clouds(inputs.configurations) {
            let decision = cloud.decide(pod, inputs, using: &generator)
            if case .needs(let need) = decision.outcome { return .needs(need) }
            decisions.append(CloudDecision(cloud: cloud.name, auditKeys: cloud.auditKeys, decision: decision))
        }
        decisions.setApart()
        return .ready(decisions)
    }
}

extension ProviderChain {
    /// The decisions for configurations whose providers are unknown. Those that could not be read in time are reported
    /// only once in total.
    func dynamicDecisions(_ configurations: ProviderConfigurations) -> [CloudDecision] {
        var decisions: [CloudDecision] = []
        for source in dynamic {
            switch configurations.availability(of: source.place) {
            case .read: break
            case .unread: decisions.append(.unread(source))
            case .unavailable:
                let decision = CloudDecision.unavailable(source)
                if let index = decisions.firstIndex(where: { $0.reason == decision.reason }) {
                    decisions[index].decision.warnings += decision.decision.warnings
                } else {
                    decisions.append(decision)
                }
            }
        }
        return decisions
    }
}

extension ProviderChain.Cloud {
    func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        guard pod.serviceAccountName != nil || providers.contains(where: \.assumesDefaultServiceAccount) else {
            return Decision(.leaveAlone(.noServiceAccount)).within(.podsAlike)
        }
        if providers.count == 1 { return providers[0].decide(pod, inputs, using: &generator) }
        var decision = Decision(.leaveAlone(.noIdentity)).within(.podsAlike)
        for provider in providers {
            let (warnings, loss, scope) = (decision.warnings, decision.loss, decision.scope)
            decision = provider.decide(pod, inputs, using: &generator)
            decision.loss = loss
            decision.scope = min(decision.scope, scope)
            if !warnings.isEmpty { decision.warnings = warnings + decision.warnings }
            guard case .leaveAlone(let reason) = decision.outcome else { break }
            if reason.severity == .lost, loss == nil { decision.loss = reason }
        }
        return decision
    }
}
