internal import JSON

/// What a provider wants to add to a pod. It consists only of data; `PodMutator` turns it into a patch.
package struct Injection: Equatable, Sendable {
    /// How the pod gets its identity, for logs and metrics, such as `sts_web_identity`.
    package var method: String
    /// The name of the identity for human readers, such as the ARN of the role.
    package var identity: String
    /// What is wrong with the name of the identity, so that no such identity can exist; nil if it is well-formed. It
    /// appears in Events, so it quotes nothing from the pod.
    package var malformation: String?
    /// The reason that is reported if there is a malformation.
    package var malformedReason = Reason.malformedIdentity
    /// Whether the identity itself specifies which tokens may use it: its owner names their subject and audience there.
    package var isGrantedBySubject = false
    /// What the identity's owner must allow, as a phrase to put after the identity's name, such as `whose policy must
    /// allow sub {subject} and aud {audience}`. Doctor inserts the claims of the pod's token. Nil if there is no such
    /// phrase.
    package var grant: String?

    /// Whether the pod runs on Windows, where paths are compared differently.
    package var isForWindows = false

    /// The variables in the order in which they are appended to a container's `env`.
    package var environment: [EnvironmentGroup] = []
    /// The variables of individual containers, by container name, which replace `environment` for these containers.
    package var ownEnvironments: [String: [EnvironmentGroup]] = [:]
    /// A container that sets at least one variable from each of these sets is complete and left alone. If there are no
    /// sets, no container is complete.
    package var skipContainerIfSet: [[String]] = []
    /// The variables of `environment` that make up the identity itself. A container that sets one of them to a
    /// different value keeps that value, and does not have this identity.
    package var identityVariables: [String] = []
    /// The files that a container must be able to read to use the identity, the most important one first.
    package var files: [IdentityFile] = []
    /// Variables that take precedence over the identity if a container sets them.
    package var overridingVariables: [String] = []
    /// The word for the identity: "identity" or "role".
    package var noun = "identity"
    /// What else a container must set to be able to use the identity.
    package var requirements: [VariableRequirement] = []
    /// The server that containers must call without a proxy, over plain HTTP; nil if there is none.
    package var directServer: DirectServer?

    /// The names of containers, including init containers, that are left alone.
    package var skippedContainers: Set<String> = []
    /// The names of the only containers that are not left alone; nil if there is no such restriction.
    package var onlyContainers: Set<String>?
    /// The names of containers whose owner has acknowledged that their settings are intended, so that there are no
    /// warnings about them. `*` stands for all containers.
    package var acknowledgedContainers: Set<String> = []

    package var volumes: [InjectedVolume] = []
    package var mounts: [InjectedMount] = []
    package var labels: [MetadataEntry] = []
    /// Annotations that name the identity, for a pod with at least one container that has it. An annotation that names
    /// an identity which no container has is corrected.
    package var identityAnnotations: [MetadataEntry] = []
    /// Annotations that the pod gets regardless of its containers, such as those that downward API volumes read.
    package var annotations: [MetadataEntry] = []
    /// Containers that the pod gets. The injections of other clouds do not apply to them.
    package var containers: [InjectedContainer] = []
    /// The names of containers that other clouds add, which this injection leaves alone.
    package var otherHelpers: Set<String> = []

    package init(method: String, identity: String) {
        self.method = method
        self.identity = identity
    }

    /// The injection for the container with this name.
    package func forContainer(_ name: String) -> Injection {
        guard let own = ownEnvironments[name] else { return self }
        var injection = self
        injection.environment = own
        injection.ownEnvironments = [:]
        return injection
    }

    /// The variables that the container with this name gets.
    func environment(of container: String) -> [EnvironmentGroup] { ownEnvironments[container] ?? environment }

    /// The variables that any container gets.
    package var allVariables: [EnvironmentGroup.Variable] {
        ([environment] + ownEnvironments.values).joined().flatMap(\.variables)
    }

    /// The names of the identities that containers get, without duplicates: more than one if containers have their own.
    package var identities: [String] {
        guard !ownEnvironments.isEmpty, let name = identityVariables.first else { return [identity] }
        let groups = [environment] + ownEnvironments.sorted { $0.key < $1.key }.map(\.value)
        var identities: [String] = []
        for variable in groups.joined().flatMap(\.variables) where variable.name == name {
            guard let value = variable.meaning, !identities.contains(value) else { continue }
            identities.append(value)
        }
        return identities
    }

    /// Whether the container with this name is left alone.
    package func leavesAlone(_ container: String) -> Bool {
        if skippedContainers.contains(container) || otherHelpers.contains(container) { return true }
        // A container that is injected as a whole gets nothing else.
        if containers.contains(where: { $0.policy == .replace && $0.name == container }) { return true }
        return onlyContainers.map { !$0.contains(container) } ?? false
    }
}

/// What happens to something in the pod with the same name as something that is injected.
package enum ConflictPolicy: Sendable {
    /// The pod's own stays.
    case keep
    /// It is replaced by what is injected.
    case replace
}

/// A file that a container must be able to read to use its identity.
package struct IdentityFile: Equatable, Sendable {
    /// The variable among `identityVariables` with the path of the file; nil if the path is known otherwise.
    package let variable: String?
    /// The name of the volume, as in `Injection.volumes`.
    package let volume: String
    /// The path of the file in the volume.
    package let path: String

    package init(_ variable: String?, volume: String, path: String) {
        self.variable = variable
        self.volume = volume
        self.path = path
    }
}

/// Variables one of which a container must set if it sets another variable to a certain value.
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

/// A server that provides credentials to clients that call it without a proxy.
package struct DirectServer: Equatable, Sendable {
    /// A host name or an address; an IPv6 address has no brackets.
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// A label or an annotation.
package struct MetadataEntry: Equatable, Sendable {
    package enum Policy: Sendable { case addIfAbsent, replace }

    package let policy: Policy
    package let key: String
    package let value: String
    /// The operation that adds the entry to the labels or annotations.
    let addition: JSONPatchTemplate

    package init(_ policy: Policy, _ key: String, _ value: String) {
        self.policy = policy
        self.key = key
        self.value = value
        var writer = JSONWriter(reservingCapacity: value.utf8.count + 2)
        writer.string(value)
        addition = JSONPatchTemplate(adding: [writer.bytes], at: JSONPointer().appending(key: key))
    }
}
