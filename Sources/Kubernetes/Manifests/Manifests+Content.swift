internal import JSON

extension Manifests {
    /// What a text in the formats of `kubectl` may contain.
    package enum Content: Sendable {
        case manifests
        case kubeConfig

        /// - Throws: `KubernetesError.manifest` for any other document.
        func check(_ document: Manifest) throws(KubernetesError) {
            guard document.tree.members != nil else {
                switch self {
                case .manifests:
                    throw document.error("a manifest is an object with apiVersion and kind, and this document is not")
                case .kubeConfig:
                    throw document.error(
                        "a kubeconfig is an object with clusters, contexts and users, and this document is not"
                    )
                }
            }
            switch self {
            case .manifests where document.isKubeConfig:
                throw document.error(
                    "this is a kubeconfig, not a manifest; pass it with --kubeconfig instead of --service-accounts"
                )
            case .kubeConfig where !document.isKubeConfig && document.kind.map { $0 != "Config" } ?? false:
                let kind = (document.kind ?? "").cut(to: 63)
                throw document.error("this is a manifest (kind \(kind)), not a kubeconfig")
            default: break
            }
        }
    }
}

extension Manifest {
    /// Whether this is what `kubectl config` writes (client-go's `clientcmd`, `v1.Config`).
    package var isKubeConfig: Bool {
        kind == "Config" && ["clusters", "contexts", "users"].contains { tree[$0] != nil }
    }
}
