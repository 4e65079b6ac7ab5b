internal import JSON
internal import PodIdentity

/// What containers of a pod lack, or use instead of their identity.
package struct ContainerDefect: Equatable, Sendable {
    package enum Kind: CaseIterable, Sendable {
        /// The webhook has not given the container anything.
        case missed
        /// The container has a different identity, as if the pod had been given that one.
        case otherIdentity
        /// Another volume is mounted where the token belongs.
        case mountConflict
        /// The container has variables of the identity, but does not reach the token.
        case unreachable
        /// The container itself sets a different identity.
        case ownIdentity
        /// The container sets variables that take precedence over the identity.
        case overridden
        /// An ephemeral container lacks the identity that the others have.
        case ephemeral

        /// Whether the container lacks the identity, and its owner cannot have intended that.
        package var isLoss: Bool {
            switch self {
            case .missed, .otherIdentity, .mountConflict, .unreachable: true
            case .ownIdentity, .overridden, .ephemeral: false
            }
        }
    }

    package let kind: Kind
    package var containers: [String]
    /// What is wrong, for human readers, such as `AWS_ROLE_ARN is not set`.
    package let text: String

    package init(_ kind: Kind, _ containers: [String], _ text: String) {
        self.kind = kind
        self.containers = containers
        self.text = text
    }
}

extension [ContainerDefect] {
    /// The maximum number of defects that are described, and of containers that are named for each.
    fileprivate static let maximumCount = 5

    /// Describes defects of one kind, with the containers that have them. There must be at least one.
    func described(without identity: String) -> String {
        var details = prefix(Self.maximumCount).map { "\($0.containers.named): \($0.text)" }
        if count > Self.maximumCount { details.append("and \(count - Self.maximumCount) other defects") }
        let text = details.joined(separator: "; ")
        guard let first, first.kind.isLoss || first.kind == .ephemeral else { return text }
        return count == 1
            ? "\(first.containers.named) without \(identity) (\(first.text))" : "without \(identity): \(text)"
    }
}

extension [String] {
    /// `container main`, `containers main, sidecar`.
    fileprivate var named: String {
        let rest = count > [ContainerDefect].maximumCount ? " and \(count - [ContainerDefect].maximumCount) more" : ""
        let names = prefix([ContainerDefect].maximumCount).joined(separator: ", ")
        return "container\(count == 1 ? "" : "s") \(names)\(rest)"
    }
}

/// Collects the defects of a pod: each with the names of all containers that have it.
struct ContainerDefects {
    private(set) var all: [ContainerDefect] = []
    let injection: Injection
    /// The values of the annotations that an injection leaves on the pod.
    private let annotated: Set<String>

    /// The maximum length of a value from the pod in bytes; longer ones are cut. The ARN of a role rarely has more.
    private static let maximumValue = 200

    init(_ injection: Injection, _ pod: PodView) {
        self.injection = injection
        annotated = Set(injection.identityAnnotations.compactMap { pod.annotation($0.key) })
    }

    var containLoss: Bool { all.contains { $0.kind.isLoss } }

    /// Adds what is wrong with a container whose owner has not acknowledged it.
    mutating func add(_ container: ContainerExamination, isEphemeral: Bool = false) {
        guard !container.isAcknowledged else { return }
        if let obstacle = container.obstacle {
            let kind = isEphemeral ? .ephemeral : kind(of: obstacle, in: container)
            append(kind, text(of: obstacle, kind, in: container.container), container.container)
        } else if !container.overridingVariables.isEmpty {
            append(.overridden, injection.text(ofOverriding: container.overridingVariables), container.container)
        }
    }

    /// Adds containers of the injection itself that the pod lacks.
    mutating func add(missing helpers: [String]) {
        for name in helpers { append(.missed, "the pod does not have it", name) }
    }

    mutating func append(_ kind: ContainerDefect.Kind, _ text: String, _ container: String) {
        if let index = all.firstIndex(where: { ($0.kind, $0.text) == (kind, text) }) {
            all[index].containers.append(container)
        } else {
            all.append(ContainerDefect(kind, [container], text))
        }
    }

    private func kind(of obstacle: TokenObstacle, in container: ContainerExamination) -> ContainerDefect.Kind {
        switch obstacle {
        case .missingVariable where !container.setsIdentity: return .missed
        case .missingVariable, .notMounted, .notRenewed: return .unreachable
        case .otherValue(_, let value):
            let wasGiven = container.hasToken || value.map(annotated.contains) ?? false
            return wasGiven ? .otherIdentity : .ownIdentity
        case .wrongVolume(let volume):
            if case .otherAudience = volume.problem, container.hasToken { return .otherIdentity }
            return switch obstacle.reason {
            case .mountConflict: .mountConflict
            case .ownIdentity: .ownIdentity
            default: .unreachable
            }
        }
    }

    /// If values differ, the text contains both.
    private func text(of obstacle: TokenObstacle, _ kind: ContainerDefect.Kind, in container: String) -> String {
        switch obstacle {
        case .otherValue(let name, let value?) where kind == .otherIdentity:
            let wanted = injection.forContainer(container).values(of: name).first ?? ""
            return "\(name) is \(Self.quoted(value)) instead of \(Self.quoted(wanted))"
        case .wrongVolume(let volume) where kind == .otherIdentity:
            let wanted = injection.volumes.lazy.flatMap(\.tokens).first?.audience ?? ""
            return "\(volume) instead of \(Self.quoted(wanted))"
        default: return "\(obstacle)"
        }
    }

    static func quoted(_ text: String) -> String { "\"\(text.cut(to: maximumValue))\"" }
}
