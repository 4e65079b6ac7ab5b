internal import JSON
package import PodIdentity

/// Compares an existing pod with the identity that a new pod like it would get. Only what its containers need to use the
/// identity counts, not everything that an injection adds.
package enum PodExamination: Equatable, Sendable {
    /// A new pod like it would not get an identity, for this reason.
    case leftAlone(Reason)
    /// What the identity depends on is not known.
    case undecided
    case complete(identity: String)
    /// Some containers use something else, which their owner may want, and all others have the identity.
    case ownCredentials(identity: String, containers: [ContainerDefect])
    case lacking(Gap)

    package struct Gap: Equatable, Sendable {
        package var identity: String
        /// What the containers that are without the identity lack, and what others use instead of it.
        package var defects: [ContainerDefect]
        /// Whether the webhook saw the pod, but perhaps not all of its containers: the pod has the volume with the token, or a
        /// container has the identity.
        package var wasSeen: Bool
        /// What is wrong with the name of the identity, so that no such identity can exist; nil if nothing is.
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

        /// The names of the containers that are without the identity.
        package var containers: [String] { losses.flatMap(\.containers) }

        /// Why containers are without the identity; empty if only its name is wrong.
        package var losses: [ContainerDefect] { defects.filter(\.kind.isLoss) }
    }

    /// - Parameter endedContainers: The names of containers that have ended for good and so need nothing.
    package init(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        _ providers: ProviderChain,
        endedContainers: Set<String> = []
    ) {
        var generator = SystemRandomNumberGenerator()
        guard case .ready(let decisions) = providers.decide(pod, inputs, using: &generator) else {
            self = .undecided
            return
        }
        let examinations = decisions.map { decision in
            decision.injection.map { Self.compare(pod, $0, endedContainers) }
                ?? .leftAlone(decision.reason ?? decision.denial?.reason ?? .noIdentity)
        }
        self = examinations.max { $0.rank < $1.rank } ?? .leftAlone(.noIdentity)
    }

    /// How bad it is. Of several identities, the worst is told.
    private var rank: Int {
        switch self {
        case .leftAlone: 0
        case .complete: 1
        case .undecided: 2
        case .ownCredentials: 3
        case .lacking: 4
        }
    }

    private static func compare(_ pod: PodView, _ injection: Injection, _ ended: Set<String>) -> PodExamination {
        let containers = injection.examine(pod)
        var defects = ContainerDefects(injection, pod)
        for container in containers { defects.add(container) }
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
        // A pod whose list cannot be read has been refused by the API server.
        let ephemeral = (try? pod.ephemeralContainers())?.filter { !ended.contains($0.name) } ?? []
        for container in injection.examine(ephemeral, of: pod) { defects.add(container, isEphemeral: true) }
        let identity = injection.identity
        return defects.all.isEmpty
            ? .complete(identity: identity) : .ownCredentials(identity: identity, containers: defects.all)
    }
}
