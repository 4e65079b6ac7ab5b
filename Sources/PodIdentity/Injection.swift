/// What a provider wants a pod to get. Data alone: `PodMutator` turns it into a patch.
package struct Injection: Equatable, Sendable {
    /// How the identity reaches the pod, for logs and metrics, such as `sts_web_identity`.
    package var method: String
    /// Whom the pod becomes, for people: the role.
    package var identity: String
    /// Whether the identity, by its name, cannot exist.
    package var isMalformed = false

    /// In the order in which they are appended to a container's `env`.
    package var environment: [EnvironmentGroup] = []
    /// A container that sets at least one name of each of these sets is complete and left alone. No sets: none is.
    package var skipContainerIfSet: [[String]] = []
    /// Those variables of `environment` that are the identity itself. A container that sets one of them to something else
    /// keeps it, and does not have this identity.
    package var identityVariables: [String] = []
    /// Variables that, where a container sets them, are used in place of the identity.
    package var overridingVariables: [String] = []
    /// Names of containers, init containers included, that are left alone.
    package var skippedContainers: Set<String> = []

    package var volumes: [ProjectedTokenVolume] = []
    package var mounts: [TokenMount] = []
    package var labels: [MetadataEntry] = []
    /// Only for a pod with at least one container that has the identity.
    package var annotations: [MetadataEntry] = []

    package init(method: String, identity: String) {
        self.method = method
        self.identity = identity
    }
}

/// Environment variables that belong together.
package struct EnvironmentGroup: Equatable, Sendable {
    package enum Policy: Sendable {
        /// All of them, if the container sets none of them; nothing otherwise.
        case addIfNoneIsSet
        /// Each that the container does not set.
        case addIfAbsent
        /// Each, in place of what the container sets.
        case replace
    }

    package struct Variable: Equatable, Sendable {
        package let name: String
        package let value: String
    }

    package let policy: Policy
    package let variables: [Variable]

    package init(_ policy: Policy, _ variables: [(name: String, value: String)]) {
        self.policy = policy
        self.variables = variables.map { Variable(name: $0.name, value: $0.value) }
    }
}

/// A projected volume with one service account token (`core/v1` ServiceAccountTokenProjection).
package struct ProjectedTokenVolume: Equatable, Sendable {
    package let name: String
    package let audience: String
    /// 600 to 4294967296; Kubernetes refuses everything else.
    package let expirationSeconds: Int64
    /// The file's name in the volume.
    package let path: String

    package init(name: String, audience: String, expirationSeconds: Int64, path: String) {
        self.name = name
        self.audience = audience
        self.expirationSeconds = expirationSeconds
        self.path = path
    }
}

/// A read-only mount of a volume, in every container that is not left alone.
package struct TokenMount: Equatable, Sendable {
    package let volume: String
    package let path: String

    package init(volume: String, path: String) {
        self.volume = volume
        self.path = path
    }
}

/// A label or an annotation.
package struct MetadataEntry: Equatable, Sendable {
    package enum Policy: Sendable { case addIfAbsent, replace }

    package let policy: Policy
    package let key: String
    package let value: String

    package init(_ policy: Policy, _ key: String, _ value: String) {
        self.policy = policy
        self.key = key
        self.value = value
    }
}
