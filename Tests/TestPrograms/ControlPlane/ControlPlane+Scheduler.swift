import Foundation
import TestSupport

extension ControlPlane {
    /// Whether the folder of the control plane has a kube-scheduler, which few tests need.
    package static let hasScheduler =
        (try? ControlPlaneAssets.find()).map { FileManager.default.isExecutableFile(atPath: $0.scheduler) } ?? false

    /// Starts a kube-scheduler, which binds the pods of all namespaces to nodes that have room for them.
    package func startScheduler() throws -> ServerProcess {
        let log = "\(try TestFolders.logs("scheduler"))/kube-scheduler.log"
        let scheduler = ServerProcess(name: "kube-scheduler", logFile: log)
        try scheduler.start(
            assets.scheduler,
            ["--kubeconfig=\(adminKubeconfig)", "--leader-elect=false", "--bind-address=127.0.0.1"]
        )
        return scheduler
    }
}
