import Foundation
import Glibc
import Synchronization
import TestNetwork
import TestSupport

/// A Kubernetes control plane on loopback: etcd, kube-apiserver and kube-controller-manager. There is no kubelet, so
/// pods stay Pending, and no kube-proxy; the addresses of Services are in 127.96.0.0/16, which is local to this
/// machine.
package final class ControlPlane: Sendable {
    /// The control plane that all tests of this process share. It starts when it is first requested, and ends with the
    /// process.
    package static func shared() async throws -> ControlPlane {
        try await sharedStart.value
    }

    /// Unstructured, because the start must survive if the first test is cancelled at its time limit.
    private static let sharedStart = Task { try await ControlPlane.start(name: "control-plane") }

    /// `https://127.0.0.1:port`
    package let server: String
    /// The CA that signed the API server's certificate.
    package let authorityFile: String
    package let adminKubeconfig: String
    /// A folder for kubeconfigs and the like, which is removed when the tests end.
    package let folder: String
    /// The log of requests about ServiceAccounts, one JSON object per line.
    package let auditLog: String
    let assets: ControlPlaneAssets
    /// Held because its files are removed with it.
    private let certificates: ControlPlaneCertificates

    /// The public keys of its tokens, in PEM.
    package var tokenKeyFile: String { certificates.serviceAccountPublicKey }

    private let etcd: ServerProcess
    private let apiServer: ServerProcess
    private let controllerManager: ServerProcess
    private let etcdArguments: [String]
    private let apiServerArguments: [String]
    private let controllerManagerArguments: [String]
    private let lastNumber = Atomic(0)

    /// Starts a separate control plane, for a test that must not share one.
    /// - Parameters:
    ///   - name: The name of the folder for its logs.
    ///   - issuer: The `iss` of its tokens.
    package static func start(
        name: String,
        issuer: String = "https://kubernetes.default.svc"
    ) async throws -> ControlPlane {
        let controlPlane = try await ControlPlane(name: name, issuer: issuer)
        do {
            try await controlPlane.startAll()
        } catch {
            await controlPlane.stop()
            throw error
        }
        return controlPlane
    }

    private init(name: String, issuer: String) async throws {
        assets = try ControlPlaneAssets.find()
        folder = try TestFolders.temporary(name)
        let logs = try TestFolders.logs(name)
        certificates = try ControlPlaneCertificates()
        ProcessGuardian.shared.remove(folder: certificates.authority.directory.path)
        let ports = ControlPlaneFlags.Ports(
            etcd: try freePort(),
            etcdPeer: try freePort(),
            apiServer: try freePort(),
            controllerManager: try freePort()
        )
        server = "https://127.0.0.1:\(ports.apiServer)"
        authorityFile = certificates.authority.root.certificatePath
        adminKubeconfig = "\(folder)/admin.kubeconfig"
        auditLog = "\(logs)/audit.log"

        let managerKubeconfig = "\(folder)/controller-manager.kubeconfig"
        for (path, user) in [
            (adminKubeconfig, certificates.admin), (managerKubeconfig, certificates.controllerManager),
        ] {
            try Kubeconfig.write(
                to: path,
                server: server,
                authorityFile: authorityFile,
                credential: .clientCertificate(file: user.certificatePath, keyFile: user.keyPath)
            )
        }
        let auditPolicy = "\(folder)/audit-policy.yaml"
        try ControlPlaneFlags.auditPolicy.write(toFile: auditPolicy, atomically: true, encoding: .utf8)

        etcd = ServerProcess(name: "etcd", logFile: "\(logs)/etcd.log")
        apiServer = ServerProcess(name: "kube-apiserver", logFile: "\(logs)/kube-apiserver.log")
        controllerManager = ServerProcess(
            name: "kube-controller-manager",
            logFile: "\(logs)/kube-controller-manager.log"
        )
        etcdArguments = ControlPlaneFlags.etcd(ports, dataFolder: "\(folder)/etcd")
        try etcd.start(assets.etcd, etcdArguments)
        apiServerArguments = ControlPlaneFlags.apiServer(
            ports,
            certificates,
            issuer: issuer,
            auditPolicy: auditPolicy,
            auditLog: auditLog
        )
        controllerManagerArguments = try await ControlPlaneFlags.controllerManager(
            ports,
            certificates,
            kubeconfig: managerKubeconfig,
            executable: assets.controllerManager
        )
    }

    private func startAll() async throws {
        try await startAPIServer()
        try await startControllerManager()
        try await eventually("the controllers to create the default ServiceAccount", log: logTails) {
            try await kubectl(["get", "serviceaccount", "default", "-n", "default"]).isEmpty == false
        }
    }

    /// Starts the API server, on the same port as before, and waits until it is ready.
    package func startAPIServer() async throws {
        try apiServer.start(assets.apiServer, apiServerArguments)
        try await eventually("the API server to be ready", log: logTails) {
            if !apiServer.isRunning || !etcd.isRunning { return true }
            return try await kubectl(["get", "--raw", "/readyz"]) == "ok"
        }
        for component in [etcd, apiServer] where !component.isRunning {
            throw ControlPlaneError.ended(name: component.name, status: component.exitStatus, log: logTails())
        }
    }

    /// Gives the API server a certificate from a new CA and restarts it. Clients that know only the old CA cannot
    /// connect; `authorityFile` then has both.
    package func exchangeAuthority() async throws {
        await killAPIServer()
        try certificates.exchangeAuthority()
        try await startAPIServer()
    }

    /// Makes the API server sign tokens with a new key, and verify them with both.
    package func rotateTokenKey() async throws {
        await killAPIServer()
        try certificates.rotateTokenKey()
        try await startAPIServer()
    }

    /// Kills the API server, because a graceful shutdown waits long for open watches.
    package func killAPIServer() async {
        await apiServer.stop(SIGKILL)
    }

    /// Kills etcd, restarts it, and waits until the API server can write again.
    package func restartEtcd() async throws {
        await etcd.stop(SIGKILL)
        try etcd.start(assets.etcd, etcdArguments)
        try await eventually("the API server to use etcd again", log: logTails) {
            try await kubectl(["create", "namespace", "probe", "--dry-run=server", "-o", "name"]).isEmpty == false
        }
    }

    /// Stops the controller manager. Without it, Deployments create no pods, and Kubernetes before 1.24 creates no
    /// token Secrets, which is useful for creating very many ServiceAccounts.
    package func stopControllerManager() async {
        await controllerManager.stop(SIGKILL)
    }

    package func startControllerManager() async throws {
        try controllerManager.start(assets.controllerManager, controllerManagerArguments)
    }

    package func stop() async {
        for component in [controllerManager, apiServer, etcd] { await component.stop(SIGKILL) }
    }

    /// The API server's log.
    package var apiServerLog: String { apiServer.log }

    /// The ends of the components' logs, for messages of failed tests.
    package func logTails() -> String {
        [etcd, apiServer, controllerManager].map { $0.logTail() }.joined(separator: "\n")
    }

    /// A unique number for names.
    func nextNumber() -> Int {
        lastNumber.add(1, ordering: .relaxed).newValue
    }
}
