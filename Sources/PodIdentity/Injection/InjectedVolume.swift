package import JSON

/// A volume that a pod gets (`core/v1` Volume).
package struct InjectedVolume: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        /// Files from several sources (`core/v1` ProjectedVolumeSource).
        case projected([Source])
        /// Files with the values of the pod's own fields (`core/v1` DownwardAPIVolumeSource).
        case downwardAPI([Field])
        /// An empty folder (`core/v1` EmptyDirVolumeSource).
        case empty
    }

    package enum Source: Equatable, Sendable {
        case token(Token)
        case fields([Field])
        case configMap(ConfigMap)
        case trustBundle(TrustBundle)
    }

    /// A service account token (`core/v1` ServiceAccountTokenProjection).
    package struct Token: Equatable, Sendable {
        package let audience: String
        /// The token's lifetime in seconds; Kubernetes accepts 600 to 4294967296.
        package let expirationSeconds: Int64
        /// The path of the token file in the volume.
        package let path: String

        package init(audience: String, expirationSeconds: Int64, path: String) {
            self.audience = audience
            self.expirationSeconds = expirationSeconds
            self.path = path
        }
    }

    /// A file with the value of one of the pod's fields (`core/v1` DownwardAPIVolumeFile).
    package struct Field: Equatable, Sendable {
        package let path: String
        /// For example, `metadata.annotations['KEY']`.
        package let fieldPath: String

        package init(path: String, fieldPath: String) {
            self.path = path
            self.fieldPath = fieldPath
        }

        /// A file with the value of an annotation.
        package init(path: String, annotation: String) {
            self.init(path: path, fieldPath: "metadata.annotations['\(annotation)']")
        }
    }

    /// Values of a ConfigMap (`core/v1` ConfigMapProjection).
    package struct ConfigMap: Equatable, Sendable {
        package struct Item: Equatable, Sendable {
            package let key: String
            package let path: String

            package init(key: String, path: String) {
                self.key = key
                self.path = path
            }
        }

        package let name: String
        package let items: [Item]
        /// Whether the pod also starts without the ConfigMap; nil for Kubernetes' default, which is false.
        package let isOptional: Bool?

        package init(name: String, items: [Item], isOptional: Bool? = nil) {
            self.name = name
            self.items = items
            self.isOptional = isOptional
        }
    }

    /// The certificates of a signer's ClusterTrustBundles (`core/v1` ClusterTrustBundleProjection).
    package struct TrustBundle: Equatable, Sendable {
        package let signerName: String
        /// A label selector in JSON (`meta/v1` LabelSelector); nil selects none.
        package let labelSelector: JSONTree?
        package let path: String
        package let isOptional: Bool?

        package init(signerName: String, labelSelector: JSONTree? = nil, path: String, isOptional: Bool? = nil) {
            self.signerName = signerName
            self.labelSelector = labelSelector
            self.path = path
            self.isOptional = isOptional
        }
    }

    package let name: String
    package let content: Content
    /// The permissions of its files, from 0 to 0o777; nil for Kubernetes' default, 0o644.
    package let mode: Int?
    /// What happens if the pod has a different volume with this name. With `keep`, the injected volume gets another
    /// name.
    package let policy: ConflictPolicy
    /// Whether the pod gets the volume even if none of its own containers mounts it.
    package let isAlwaysAdded: Bool
    /// The volume in JSON, under its name (`core/v1` Volume).
    private(set) var json: [UInt8] = []

    package init(
        _ name: String,
        _ content: Content,
        mode: Int? = nil,
        policy: ConflictPolicy = .keep,
        isAlwaysAdded: Bool = false
    ) {
        self.name = name
        self.content = content
        self.mode = mode
        self.policy = policy
        self.isAlwaysAdded = isAlwaysAdded
        var writer = JSONWriter()
        write(named: name, to: &writer)
        json = writer.bytes
    }

    /// A projected volume with a single service account token.
    package static func token(
        _ name: String,
        audience: String,
        expirationSeconds: Int64,
        path: String
    ) -> InjectedVolume {
        let token = Token(audience: audience, expirationSeconds: expirationSeconds, path: path)
        return InjectedVolume(name, .projected([.token(token)]))
    }

    /// The service account tokens of the volume.
    package var tokens: [Token] {
        guard case .projected(let sources) = content else { return [] }
        return sources.compactMap { if case .token(let token) = $0 { token } else { nil } }
    }
}

/// A mount of a volume in every container that is not left alone.
package struct InjectedMount: Equatable, Sendable {
    package let volume: String
    package let path: String
    package let isWritable: Bool
    /// What happens if the container already mounts the same volume. With `keep`, that mount stays, and the container
    /// gets another one only if it needs one and nothing else is mounted at the path. With `replace`, the injected
    /// mount replaces it, unless something else is mounted at the path.
    package let policy: ConflictPolicy
    /// Whether a container gets the mount, or has its own one replaced, even if it mounts another volume at the path.
    /// The API server then rejects the pod, so that it cannot be mistaken for one with its identity.
    package internal(set) var isAlwaysAdded: Bool
    /// The place that the path refers to on Linux.
    let place: ContainerPath
    /// The entry of `volumeMounts` in JSON, with the volume's own name (`core/v1` VolumeMount).
    let json: [UInt8]

    package init(
        volume: String,
        path: String,
        isWritable: Bool = false,
        policy: ConflictPolicy = .keep,
        isAlwaysAdded: Bool = false
    ) {
        self.volume = volume
        self.path = path
        self.isWritable = isWritable
        self.policy = policy
        self.isAlwaysAdded = isAlwaysAdded
        place = ContainerPath(path, isOnWindows: false)
        json = ContainerPlan.Mount(volume: volume, path: path, isWritable: isWritable).written
    }
}

/// A container that a pod gets.
package struct InjectedContainer: Equatable, Sendable {
    package enum List: String, CaseIterable, Sendable {
        case initContainers, containers
    }

    package enum Position: Sendable {
        case first, last
    }

    package let name: String
    package let list: List
    package let position: Position
    /// What happens to a container with the same name in the same list. With `keep`, it stays, and unless it is
    /// identical to the injected one, it is given the same as the pod's other containers.
    package let policy: ConflictPolicy
    /// The whole container (`core/v1` Container), including its variables and mounts. It uses the injection's names for
    /// volumes.
    package let container: JSONTree

    package init(
        _ name: String,
        in list: List,
        _ position: Position,
        policy: ConflictPolicy,
        _ container: JSONTree
    ) {
        self.name = name
        self.list = list
        self.position = position
        self.policy = policy
        self.container = container
    }
}
