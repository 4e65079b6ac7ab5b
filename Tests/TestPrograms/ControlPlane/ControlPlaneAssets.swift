import Foundation

/// The programs of a control plane. `KUBEBUILDER_ASSETS` names their folder; the default is the one that
/// scripts/control-plane.sh keeps in the user's cache.
struct ControlPlaneAssets {
    let folder: String

    var etcd: String { "\(folder)/etcd" }
    var apiServer: String { "\(folder)/kube-apiserver" }
    var controllerManager: String { "\(folder)/kube-controller-manager" }
    var kubectl: String { "\(folder)/kubectl" }
    /// Only some folders contain it.
    var scheduler: String { "\(folder)/kube-scheduler" }

    static func find() throws -> ControlPlaneAssets {
        let environment = ProcessInfo.processInfo.environment
        // An empty variable counts as unset, as in a shell's ${NAME:-default}.
        func setting(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let cache = setting("XDG_CACHE_HOME") ?? "\(NSHomeDirectory())/.cache"
        let assets = ControlPlaneAssets(
            folder: setting("KUBEBUILDER_ASSETS") ?? "\(cache)/pod-identity-webhook/control-plane-1.20"
        )
        for program in [assets.etcd, assets.apiServer, assets.controllerManager, assets.kubectl] {
            guard FileManager.default.isExecutableFile(atPath: program) else {
                throw ControlPlaneError.assetsMissing(
                    folder: assets.folder,
                    program: URL(fileURLWithPath: program).lastPathComponent
                )
            }
        }
        return assets
    }
}
