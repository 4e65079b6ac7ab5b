package import JSON

/// The changes to a pod, and the reasons for them.
package struct MutationResult {
    /// The result for the providers of one cloud.
    package struct Part {
        package let cloud: String
        package let auditKeys: AuditKeys
        package var reason: Reason
        /// The method of the injection, if there is one.
        package var method: String?
        /// The identity of the injection, if there is one.
        package var identity: String?
        /// What is wrong with the name of the identity; nil if it is well-formed.
        package var malformation: String?
        /// The warnings of the decision itself, without those about its injection.
        package var warnings: Warnings = []
        /// Whether any container, or the pod itself, gets or has a part of the identity.
        package var concernsContainers = false

        package init(cloud: String, auditKeys: AuditKeys, reason: Reason) {
            self.cloud = cloud
            self.auditKeys = auditKeys
            self.reason = reason
        }
    }

    /// The worst of the parts' reasons.
    package var reason: Reason
    /// The result for each cloud; empty if no provider was asked.
    package var parts: [Part] = []
    /// The change to the pod; empty if it stays as it is.
    package var patch = JSONPatch()
    /// Why the pod must not be created; nil if it may be.
    package var denial: Denial?
    /// Whether any container, or the pod itself, gets or has a part of the identity.
    package var concernsContainers: Bool { parts.contains(where: \.concernsContainers) }
    /// Warnings for the client that wrote the object.
    package var warnings: Warnings = []

    package init(reason: Reason, warnings: Warnings = []) {
        self.reason = reason
        self.warnings = warnings
    }

    /// The identities that the pod has or gets; nil if there is none.
    package var identity: String? {
        let identities = parts.compactMap(\.identity)
        return identities.isEmpty ? nil : identities.joined(separator: ", ")
    }

    /// The method of the first injection; nil if there is none.
    package var method: String? { parts.lazy.compactMap(\.method).first }

    /// Adds the result for a cloud.
    mutating func add(_ part: consuming Part) {
        reason = parts.isEmpty ? part.reason : Reason.worst(reason, part.reason)
        parts.append(part)
    }

    /// Fails for a patch that became too large. Such a patch is empty, so it would be mistaken for that of a pod that
    /// needs no change.
    func requireWholePatch(of field: String) throws(MalformedPod) {
        guard patch.isTooLarge else { return }
        throw MalformedPod(field: field, problem: "would need a patch of more than \(JSONPatch.maximumBytes) bytes")
    }
}

extension ProviderChain {
    /// - Parameter memory: The decisions about other pods; nil if nothing is remembered.
    /// - Throws: `MalformedPod` if the patch for the pod would be too large.
    package func mutate(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator,
        remembering memory: DecisionMemory? = nil
    ) throws(MalformedPod) -> Answer<MutationResult> {
        switch decide(pod, inputs, using: &generator, remembering: memory) {
        case .needs(let need): .needs(need)
        case .ready(let decisions): .ready(try mutate(pod, decisions))
        }
    }

    private func mutate(_ pod: PodView, _ decisions: [CloudDecision]) throws(MalformedPod) -> MutationResult {
        var result = MutationResult(reason: .noIdentity)
        guard !decisions.contains(where: \.denies) else {
            return .denied(decisions.filter(\.denies), isOneOfSeveral: decisions.count > 1)
        }
        let injections = decisions.sharedInjections
        let mutation = injections.isEmpty ? PodMutator.Mutation() : PodMutator.mutate(pod, with: injections)
        result.patch = mutation.patch
        try result.requireWholePatch(of: "spec")
        result.parts.reserveCapacity(decisions.count)
        var parts = mutation.parts.makeIterator()
        // Copying whole elements would count references to each of their texts.
        for index in decisions.indices {
            if !decisions[index].decision.warnings.isEmpty { result.warnings += decisions[index].decision.warnings }
            result.add(decisions[index], decisions[index].injects ? parts.next() : nil)
        }
        return result
    }
}

extension MutationResult {
    /// - Parameters:
    ///   - decisions: Those that deny the pod.
    ///   - isOneOfSeveral: Whether other clouds are enabled, so that a message must name the cloud.
    fileprivate static func denied(_ decisions: [CloudDecision], isOneOfSeveral: Bool) -> MutationResult {
        var result = MutationResult(reason: .invalidSetting)
        for decision in decisions {
            guard let denial = decision.denial else { continue }
            result.warnings += decision.decision.warnings
            result.add(.init(cloud: decision.cloud, auditKeys: decision.auditKeys, reason: denial.reason))
            // Only one status can be sent: the first one, with the messages of all.
            let message = isOneOfSeveral ? "\(decision.cloud): \(denial.message)" : denial.message
            result.denial =
                result.denial.map {
                    Denial(code: $0.code, $0.reason, "\($0.message); \(message)")
                } ?? Denial(code: denial.code, denial.reason, message)
        }
        return result
    }

    /// - Parameter part: The result of the cloud's injection; nil if it has none.
    mutating func add(_ decision: CloudDecision, _ part: PodMutator.Part?) {
        var reason = decision.reason ?? .injected
        if let part { reason = Reason.worst(part.reason, decision.decision.loss ?? part.reason) }
        add(Part(cloud: decision.cloud, auditKeys: decision.auditKeys, reason: reason))
        let index = parts.count - 1
        parts[index].warnings = decision.decision.warnings
        guard let part else { return }
        parts[index].malformation = part.malformation
        parts[index].method = part.method
        parts[index].identity = part.identity
        parts[index].concernsContainers = part.concernsContainers
        if !part.warnings.isEmpty { warnings += part.warnings }
    }
}
