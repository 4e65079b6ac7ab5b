internal import JSON
package import PodIdentity

/// Compares an existing pod with the identity of one cloud that a new pod like it would get. Only what its containers
/// need to use the identity matters, not everything that an injection adds.
package enum PodExamination: Equatable, Sendable {
    /// A new pod like it would not get an identity, for this reason.
    case leftAlone(Reason)
    /// A new pod like it would not be created.
    case denied(Denial)
    /// Something that the identity depends on is not known.
    case undecided(Unknown)
    case complete(identity: String)
    /// Some containers use something else, which their owner may have intended, and all others have the identity.
    case ownCredentials(identity: String, containers: [ContainerDefect])
    case lacking(Gap)

    package enum Unknown: Equatable, Sendable {
        case serviceAccount
        case namespace
        /// A list of identities, or the profiles.
        case configuration
        case serverVersion

        init(_ need: DecisionInputs.Need) {
            switch need {
            case .serviceAccount: self = .serviceAccount
            case .namespace: self = .namespace
            case .configuration: self = .configuration
            }
        }

        /// Fails unless the reason is that something could not be looked up.
        init?(_ reason: Reason) {
            switch reason {
            case .serviceAccountUnavailable: self = .serviceAccount
            case .namespaceUnavailable: self = .namespace
            case .configMapUnavailable: self = .configuration
            case .serverVersionUnavailable: self = .serverVersion
            default: return nil
            }
        }
    }

    package struct Gap: Equatable, Sendable {
        package var identity: String
        /// What the containers without the identity lack, and what others use instead of it.
        package var defects: [ContainerDefect]
        /// Whether the webhook saw the pod, but perhaps not all of its containers: the pod has the volume with the token, or a
        /// container has the identity.
        package var wasSeen: Bool
        /// What is wrong with the name of the identity, so that no such identity can exist; nil if it is well-formed.
        package var malformation: String?

        package init(
            identity: String,
            defects: [ContainerDefect],
            wasSeen: Bool = false,
            malformation: String? = nil
        ) {
            self.identity = identity
            self.defects = defects
            self.wasSeen = wasSeen
            self.malformation = malformation
        }

        /// The names of the containers without the identity.
        package var containers: [String] { losses.flatMap(\.containers) }

        /// Why containers lack the identity; empty if only its name is wrong.
        package var losses: [ContainerDefect] { defects.filter(\.kind.isLoss) }
    }

    /// - Parameter ended: The names of containers that have terminated for good and so need nothing.
    init(_ pod: PodView, _ decision: CloudDecision, endedContainers ended: Set<String>) {
        let reason = decision.denial?.reason ?? decision.reason
        if let unknown = reason.flatMap(Unknown.init) {
            self = .undecided(unknown)
            return
        }
        switch decision.decision.outcome {
        case .needs(let need): self = .undecided(Unknown(need))
        case .deny(let denial) where denial.reason == .serviceAccountNotFound: self = .leftAlone(denial.reason)
        case .deny(let denial): self = .denied(denial)
        case .leaveAlone(let reason): self = .leftAlone(decision.reason ?? reason)
        case .inject(let injection): self = Self.compare(pod, injection, ended)
        }
    }

    private static func compare(_ pod: PodView, _ injection: Injection, _ ended: Set<String>) -> PodExamination {
        let containers = injection.examine(pod)
        var defects = ContainerDefects(injection, pod)
        for container in containers { defects.add(container) }
        defects.add(filesOf: pod, in: containers.filter { $0.obstacle == nil && !$0.isAcknowledged })
        defects.add(helpersOf: pod)
        defects.add(missing: injection.missingContainers(in: pod))
        let malformation = containers.isEmpty ? nil : injection.malformation
        guard !defects.containLoss, malformation == nil else {
            return .lacking(
                Gap(
                    identity: injection.identity,
                    defects: defects.all,
                    wasSeen: injection.hasVolumes(in: pod)
                        || containers.contains { $0.setsIdentity && $0.obstacle == nil },
                    malformation: malformation
                )
            )
        }
        // A pod whose list cannot be parsed has been rejected by the API server.
        let ephemeral = (try? pod.ephemeralContainers())?.filter { !ended.contains($0.name) } ?? []
        for container in injection.examine(ephemeral, of: pod) { defects.add(container, isEphemeral: true) }
        let identity = injection.identity
        return defects.all.isEmpty
            ? .complete(identity: identity) : .ownCredentials(identity: identity, containers: defects.all)
    }
}

/// The result of examining a pod for one cloud's identity.
package struct CloudExamination: Equatable, Sendable {
    package let cloud: String
    package let result: PodExamination

    /// Examines a pod for each cloud. A problem with one identity does not hide that of another.
    ///
    /// - Parameter endedContainers: The names of containers that have terminated for good and so need nothing.
    package static func all(
        of pod: PodView,
        _ inputs: DecisionInputs,
        _ providers: ProviderChain,
        endedContainers: Set<String> = []
    ) -> [CloudExamination] {
        var generator = SystemRandomNumberGenerator()
        return providers.decideEach(pod, inputs, using: &generator).map { decision in
            let result = PodExamination(pod, decision, endedContainers: endedContainers)
            return CloudExamination(cloud: decision.cloud, result: result)
        }
    }
}
