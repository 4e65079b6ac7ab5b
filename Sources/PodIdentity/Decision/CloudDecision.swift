/// What the providers of one cloud decide about a pod.
package struct CloudDecision: Sendable {
    package let cloud: String
    package let auditKeys: AuditKeys
    package var decision: Decision
    /// The injection, if there is one, in the form that requests share; nil until it has been separated from those of
    /// other clouds.
    private(set) var shared: SharedInjection?

    package init(cloud: String, auditKeys: AuditKeys, decision: Decision) {
        self.cloud = cloud
        self.auditKeys = auditKeys
        self.decision = decision
    }

    fileprivate mutating func share() {
        if case .inject(let injection) = decision.outcome { shared = SharedInjection(injection) }
    }

    package var injection: Injection? {
        if case .inject(let injection) = decision.outcome { injection } else { nil }
    }

    /// The approximate memory in bytes of the texts that come from objects of the cluster.
    var byteCount: Int {
        let own = decision.warnings.texts.reduce(0) { $0 + $1.utf8.count } + (denial?.message.utf8.count ?? 0)
        return own + (shared?.byteCount ?? 0)
    }

    var injects: Bool { if case .inject = decision.outcome { true } else { false } }

    var denies: Bool { if case .deny = decision.outcome { true } else { false } }

    package var denial: Denial? {
        if case .deny(let denial) = decision.outcome { denial } else { nil }
    }

    /// The reason why the pod is left alone; nil if it is not.
    package var reason: Reason? {
        guard case .leaveAlone(let reason) = decision.outcome else { return nil }
        return Reason.worst(reason, decision.loss ?? reason)
    }

    /// The decision if the providers of a configuration are unknown because it could not be read in time.
    static func unavailable(_ source: ProviderConfigurationSource) -> CloudDecision {
        let warning = "the identity from \(source.place) is missing: it could not be read in time"
        return ofProfiles(Decision(.leaveAlone(.configMapUnavailable), warnings: [warning]))
    }

    /// The decision if the providers of a configuration are not known yet.
    static func unread(_ source: ProviderConfigurationSource) -> CloudDecision {
        ofProfiles(Decision(.needs(.configuration(source.place))))
    }

    private static func ofProfiles(_ decision: Decision) -> CloudDecision {
        CloudDecision(cloud: "profiles", auditKeys: AuditKeys(cloud: "profiles"), decision: decision)
    }
}

extension [CloudDecision] {
    /// Separates the injections from each other, as `[Injection].setApart` does, and shares them.
    mutating func setApart() {
        defer { for index in indices { self[index].share() } }
        guard count > 1 else { return }
        let injections = injections
        guard injections.count > 1 else { return }
        var apart = injections.setApart().makeIterator()
        for index in indices where self[index].injection != nil {
            if let injection = apart.next() { self[index].decision.outcome = .inject(injection) }
        }
    }

    package var injections: [Injection] { compactMap(\.injection) }

    var sharedInjections: [SharedInjection] { compactMap { $0.shared ?? $0.injection.map(SharedInjection.init) } }
}
