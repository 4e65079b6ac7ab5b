/// Questions about single clouds, for code that reports on pods to users.
extension ProviderChain {
    /// The names of the clouds, in order.
    package func cloudNames(_ configurations: ProviderConfigurations = .init()) -> [String] {
        clouds(configurations).map(\.name)
    }

    /// The word for an identity in messages: the clouds' own word if they all use the same one.
    ///
    /// - Parameter cloud: Nil for an identity of any cloud.
    package func noun(of cloud: String? = nil, _ configurations: ProviderConfigurations = .init()) -> String {
        let nouns = Set(clouds(configurations).filter { cloud == nil || $0.name == cloud }.map(\.noun))
        return nouns.count == 1 ? nouns.first ?? "identity" : "identity"
    }

    /// The providers of one cloud, or of all.
    package func providers(of cloud: String?, _ configurations: ProviderConfigurations) -> [any IdentityProvider] {
        guard let cloud else { return providers(configurations) }
        return clouds(configurations).first { $0.name == cloud }?.providers ?? []
    }

    /// The decision of each cloud's providers, in order, independent of the others. If a cloud first needs something to
    /// be looked up, its outcome says so.
    package func decideEach(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> [CloudDecision] {
        var decisions = dynamicDecisions(inputs.configurations)
        for cloud in clouds(inputs.configurations) {
            let decision = cloud.decide(pod, inputs, using: &generator)
            decisions.append(CloudDecision(cloud: cloud.name, auditKeys: cloud.auditKeys, decision: decision))
        }
        decisions.setApart()
        return decisions
    }
}
