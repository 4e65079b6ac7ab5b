/// What a provider wants to add to a pod. It is only data; `PodMutator` turns it into a patch.
package struct Injection: Equatable, Sendable {
    /// The way in which the pod gets its identity, for logs and metrics, such as `sts_web_identity`.
    package var method: String
    /// The name of the identity for human readers, such as the ARN of the role.
    package var identity: String
    /// What is wrong with the name of the identity, so that no such identity can exist; nil if nothing is.
    package var malformation: String?
    /// Whether the identity itself says which tokens may have it: its owner names their subject and audience there.
    package var isGrantedBySubject = false

    /// Whether the pod runs on Windows, where paths are compared in another way.
    package var isForWindows = false

    /// The variables in the order in which they are appended to a container's `env`.
    package var environment: [EnvironmentGroup] = []
    /// A container that sets at least one variable of each of these sets is complete and left alone. If there are no
    /// sets, no container is complete.
    package var skipContainerIfSet: [[String]] = []
    /// The variables of `environment` that make up the identity itself. A container that sets one of them to another value
    /// keeps that value and does not have this identity.
    package var identityVariables: [String] = []
    /// The one of `identityVariables` that has the path of the token's file; nil if the file is known otherwise.
    package var tokenFileVariable: String?
    /// Variables that, if a container sets them, take effect instead of the identity.
    package var overridingVariables: [String] = []
    /// What else a container must set for the identity to be of use.
    package var requirements: [VariableRequirement] = []
    /// The server that containers call without a proxy, by plain HTTP; nil if there is none.
    package var directServer: DirectServer?

    /// The names of containers, including init containers, that are left alone.
    package var skippedContainers: Set<String> = []
    /// The names of containers whose owner means what they set, so that nobody is warned of it. `*` stands for all.
    package var acknowledgedContainers: Set<String> = []

    package var volumes: [ProjectedTokenVolume] = []
    package var mounts: [TokenMount] = []
    package var labels: [MetadataEntry] = []
    /// Annotations that name the identity, for a pod in which at least one container has it. One that names an identity which
    /// no container has is corrected.
    package var annotations: [MetadataEntry] = []

    package init(method: String, identity: String) {
        self.method = method
        self.identity = identity
    }
}

/// Environment variables that belong together.
package struct EnvironmentGroup: Equatable, Sendable {
    package enum Policy: Sendable {
        /// Adds all variables if the container sets none of them, and otherwise nothing.
        case addIfNoneIsSet
        /// Adds each variable that the container does not set.
        case addIfAbsent
        /// Sets each variable, replacing the value that the container sets.
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

/// Variables of which a container must set one if it sets another to a certain value.
package struct VariableRequirement: Equatable, Sendable {
    package let name: String
    package let value: String
    package let needsOneOf: [String]

    package init(_ name: String, _ value: String, needsOneOf: [String]) {
        self.name = name
        self.value = value
        self.needsOneOf = needsOneOf
    }
}

/// A server that gives credentials to those who reach it without a proxy.
package struct DirectServer: Equatable, Sendable {
    /// A host name or an address; an IPv6 address is without its brackets.
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// A projected volume with one service account token (`core/v1` ServiceAccountTokenProjection).
package struct ProjectedTokenVolume: Equatable, Sendable {
    package let name: String
    package let audience: String
    /// The token's lifetime in seconds; Kubernetes accepts 600 to 4294967296.
    package let expirationSeconds: Int64
    /// The path of the token's file in the volume.
    package let path: String

    package init(name: String, audience: String, expirationSeconds: Int64, path: String) {
        self.name = name
        self.audience = audience
        self.expirationSeconds = expirationSeconds
        self.path = path
    }
}

/// A read-only mount of a volume in every container that is not left alone.
package struct TokenMount: Equatable, Sendable {
    package let volume: String
    package let path: String
    /// Where the path leads to on Linux.
    let place: ContainerPath

    package init(volume: String, path: String) {
        self.volume = volume
        self.path = path
        place = ContainerPath(path, isOnWindows: false)
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
