package import JSON

/// What is done to a pod, and why.
package struct MutationResult {
    /// What the providers of one cloud did.
    package struct Part {
        package let cloud: String
        package let auditKeys: AuditKeys
        package var reason: Reason
        /// The method of the injection, if there is one.
        package var method: String?
        /// The identity of the injection, if there is one.
        package var identity: String?
        /// What is wrong with the name of the identity; nil if nothing is.
        package var malformation: String?

        package init(cloud: String, auditKeys: AuditKeys, reason: Reason) {
            self.cloud = cloud
            self.auditKeys = auditKeys
            self.reason = reason
        }
    }

    /// The worst of the parts' reasons.
    package var reason: Reason
    /// What each cloud did; empty if no provider was asked.
    package var parts: [Part] = []
    /// The change to the pod; empty if nothing changes.
    package var patch = JSONPatch()
    /// Why the pod must not be created; nil if it may be.
    package var denial: Denial?
    /// Whether there is a container that gets, or has, something of an identity.
    package var concernsContainers = false
    /// Warnings for the client that wrote the object.
    package var warnings: Warnings = []

    package init(reason: Reason, warnings: Warnings = []) {
        self.reason = reason
        self.warnings = warnings
    }

    /// The part that the reason is from.
    private var worstPart: Part? { parts.first { $0.reason == reason } }

    /// What is wrong with the name of an identity; nil if nothing is.
    package var malformation: String? { worstPart?.malformation }

    /// The identities that the pod has or gets; nil if there is none.
    package var identity: String? {
        let identities = parts.compactMap(\.identity)
        return identities.isEmpty ? nil : identities.joined(separator: ", ")
    }

    /// The method of the first injection; nil if there is none.
    package var method: String? { parts.lazy.compactMap(\.method).first }

    /// Adds what a cloud did.
    mutating func add(_ part: Part) {
        reason = parts.isEmpty ? part.reason : Reason.worst(reason, part.reason)
        parts.append(part)
    }

    /// A patch that became too large is empty, so it would be mistaken for that of a pod that needs no change.
    func requireWholePatch(of field: String) throws(MalformedPod) {
        guard patch.isTooLarge else { return }
        throw MalformedPod(field: field, problem: "would need a patch of more than \(JSONPatch.maximumBytes) bytes")
    }
}

extension ProviderChain {
    /// - Throws: `MalformedPod` if the pod would need too large a patch.
    package func mutate(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) throws(MalformedPod) -> Answer<MutationResult> {
        switch decide(pod, inputs, using: &generator) {
        case .needs(let need): .needs(need)
        case .ready(let decisions): .ready(try mutate(pod, decisions))
        }
    }

    private func mutate(_ pod: PodView, _ decisions: [CloudDecision]) throws(MalformedPod) -> MutationResult {
        var result = MutationResult(reason: .noIdentity)
        if let denied = decisions.first(where: { $0.denial != nil }), let denial = denied.denial {
            result.denial = denial
            result.warnings = denied.decision.warnings
            result.add(.init(cloud: denied.cloud, auditKeys: denied.auditKeys, reason: denial.reason))
            return result
        }
        let injections = decisions.injections
        let mutation = injections.isEmpty ? PodMutator.Mutation() : PodMutator.mutate(pod, with: injections)
        result.patch = mutation.patch
        try result.requireWholePatch(of: "spec")
        var parts = mutation.parts.makeIterator()
        for decision in decisions {
            result.warnings += decision.decision.warnings
            result.add(decision, decision.injection == nil ? nil : parts.next())
        }
        return result
    }
}

extension MutationResult {
    /// - Parameter part: What became of the cloud's injection; nil if it has none.
    mutating func add(_ decision: CloudDecision, _ part: PodMutator.Part?) {
        var own = Part(cloud: decision.cloud, auditKeys: decision.auditKeys, reason: decision.reason ?? .injected)
        if let injection = decision.injection, let part {
            own.reason = Reason.worst(part.reason, decision.decision.loss ?? part.reason)
            own.malformation = injection.malformation
            own.method = injection.method
            own.identity = injection.identity
            concernsContainers = concernsContainers || part.concernsContainers
            warnings += part.warnings
        }
        add(own)
    }
}
