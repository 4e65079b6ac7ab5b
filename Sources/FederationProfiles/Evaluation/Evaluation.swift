package import PodIdentity

/// What a profile says about a pod.
package struct Evaluation: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        /// The profile has nothing to do with the pod.
        case none(NoIdentity)
        /// Something is not valid, so the pod gets no identity; the warnings say what.
        case skipped
        /// The pod must not be created, for this reason.
        case denied(String)
        case given(Grant)
        /// The ServiceAccount or the Namespace must be looked up first.
        case needs(Need)
        /// The ServiceAccount or the Namespace could not be looked up, for this reason.
        case unavailable(Need, String)
    }

    package enum NoIdentity: Equatable, Sendable { case notUsed, skipLabel, serviceAccountNotFound }

    package enum Need: Equatable, Sendable { case serviceAccount, namespace }

    package var outcome: Outcome
    package var warnings: Warnings = []
}

/// What a pod gets by a profile.
package struct Grant: Equatable, Sendable {
    package var identity: String
    package var isForWindows = false
    package var volumes: [GrantedVolume] = []
    package var environment: [VariableGroup] = []
    /// The files that travel in annotations, which are always replaced, as they belong to the volumes.
    package var files: [GrantedFile] = []
    package var replacesMetadata = false
    package var annotations: [(key: String, value: String)] = []
    package var labels: [(key: String, value: String)] = []
    package var skippedContainers: Set<String> = []
    /// The only containers that get something; nil for all.
    package var onlyContainers: Set<String>?
    /// Containers whose owner means what they set; `*` stands for all.
    package var acknowledgedContainers: Set<String> = []
    /// Variables that take effect instead of the identity.
    package var overriding: [String] = []

    init(identity: String) { self.identity = identity }

    package static func == (one: Grant, other: Grant) -> Bool {
        one.identity == other.identity && one.isForWindows == other.isForWindows && one.volumes == other.volumes
            && one.environment == other.environment && one.files == other.files
            && one.replacesMetadata == other.replacesMetadata
            && one.annotations.elementsEqual(other.annotations, by: ==)
            && one.labels.elementsEqual(other.labels, by: ==)
            && one.skippedContainers == other.skippedContainers && one.onlyContainers == other.onlyContainers
            && one.acknowledgedContainers == other.acknowledgedContainers && one.overriding == other.overriding
    }

    /// Whether a container of this name gets something.
    package func concerns(_ container: String) -> Bool {
        !skippedContainers.contains(container) && onlyContainers?.contains(container) ?? true
    }
}

/// A volume, and the folder at which containers see it.
package struct GrantedVolume: Equatable, Sendable {
    package enum Source: Equatable, Sendable {
        case token(path: String, audience: String, expirationSeconds: Int64)
        /// An annotation of the pod as a file.
        case file(path: String, annotation: String)
        case configMap(name: String, items: [KeyPath], isOptional: Bool)
        case clusterTrustBundle(TrustBundle)
    }

    package struct KeyPath: Equatable, Sendable {
        package let key: String
        package let path: String
    }

    package struct TrustBundle: Equatable, Sendable {
        package var name: String?
        package var signerName: String?
        package var matchLabels: [String: String] = [:]
        package var path: String
        package var isOptional: Bool
    }

    package var name: String
    /// The folder as it is written in the pod, in the form of Linux.
    package var mountPath: String
    package var mode: Int32?
    package var replaces: Bool
    package var isWritable: Bool
    /// Empty for an empty volume.
    package var sources: [Source]
}

/// Variables that stand or fall together where a container sets some of them.
package struct VariableGroup: Equatable, Sendable {
    package enum Policy: Equatable, Sendable { case keep, together, replace }

    package enum Value: Equatable, Sendable {
        /// Such that the kubelet puts nothing in it.
        case text(String)
        case field(String)
    }

    package struct Variable: Equatable, Sendable {
        package let name: String
        package let value: Value
    }

    package var policy: Policy
    package var variables: [Variable]
}

package struct GrantedFile: Equatable, Sendable {
    package let annotation: String
    /// The path of the file in its volume.
    package let path: String
    package let text: String
}
