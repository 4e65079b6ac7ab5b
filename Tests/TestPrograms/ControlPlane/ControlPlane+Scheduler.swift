import Foundation
import TestSupport

extension ControlPlane {
    /// Whether the control plane's folder contains a kube-scheduler, which few tests need.
    package static let hasScheduler: Bool = {
        guard let assets = try? ControlPlaneAssets.find() else { return false }
        return FileManager.default.isExecutableFile(atPath: assets.scheduler)
    }()

    /// Starts a kube-scheduler, which binds the pods of all namespaces to nodes that have room for them.
    package func startScheduler() async throws -> ServerProcess {
        let log = "\(try TestFolders.logs("scheduler"))/kube-scheduler.log"
        let scheduler = ServerProcess(name: "kube-scheduler", logFile: log)
        var flags = [
            "--kubeconfig=\(adminKubeconfig)", "--leader-elect=false", "--bind-address=127.0.0.1",
            "--secure-port=\(try freePort())",
        ]
        // Before 1.23 it also serves plaintext on a fixed port of every address, unless told not to.
        if try await Command(assets.scheduler, ["--help"]).run().text.contains("--port int") {
            flags.append("--port=0")
        }
        try scheduler.start(assets.scheduler, flags)
        return scheduler
    }
}
