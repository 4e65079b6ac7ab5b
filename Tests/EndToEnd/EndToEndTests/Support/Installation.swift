import Foundation
import Kubernetes
import KubernetesObjects
import TestNetwork
import TestPrograms
import TestSupport

/// The webhook as in production, but without a kubelet: its program runs with the ServiceAccount and RBAC rules of
/// deploy/, and the API server calls it for the pods in a namespace.
struct Installation {
    /// How the API server reaches the webhook.
    enum Registration: String, CaseIterable, Sendable {
        /// `clientConfig.url`, for one namespace.
        case url
        /// All of deploy/, including the Service.
        case service
    }

    /// The account that the webhook uses.
    enum Account {
        /// The ServiceAccount of deploy/.
        case deployed
        /// An account that may list and watch, but not get, so the webhook depends on its watch.
        case watcher
    }

    static let systemNamespace = "pod-identity-webhook"

    let controlPlane: ControlPlane
    let webhook: WebhookProcess
    /// The webhook's access to the API server. The certificates and the token are in the file.
    let kubeconfig: String
    /// The webhook's user name in the API server.
    let user: String
    /// The API server calls the webhook for pods in this namespace.
    let namespace: String

    /// Installs the webhook, waits until a pod in the namespace gets a role, runs `body`, and removes everything again.
    /// - Parameters:
    ///   - prepare: Runs in the new namespace before the webhook starts.
    static func with(
        _ registration: Registration = .url,
        on controlPlane: ControlPlane? = nil,
        as account: Account = .deployed,
        flags: [String] = [],
        prepare: (ControlPlane, _ namespace: String) async throws -> Void = { _, _ in },
        _ body: (Installation) async throws -> Void
    ) async throws {
        let controlPlane = if let controlPlane { controlPlane } else { try await ControlPlane.shared() }
        try await Deploy.apply(Deploy.account, to: controlPlane)
        let namespace = try await controlPlane.makeNamespace("\(registration)")
        try await prepare(controlPlane, namespace)

        let certificate = try await CertificateFolder.make(["127.0.0.1", "\(systemNamespace).\(systemNamespace).svc"])
        let name = try await serviceAccount(for: account, on: controlPlane)
        let kubeconfig = try await controlPlane.kubeconfig(serviceAccount: name, namespace: systemNamespace)
        let webhook = try WebhookProcess(["--kubeconfig=\(kubeconfig)"] + flags, certificate: certificate)
        let installation = Installation(
            controlPlane: controlPlane,
            webhook: webhook,
            kubeconfig: kubeconfig,
            user: "system:serviceaccount:\(systemNamespace):\(name)",
            namespace: namespace
        )
        do {
            try await webhook.waitUntilReady()
            switch registration {
            case .url: try await installation.registered(byURL: certificate, body)
            case .service: try await installation.registered(byService: certificate, body)
            }
        } catch {
            // The log shows the reason; without this, only failed waits would print it.
            await webhook.stop()
            print(webhook.logTail())
            throw error
        }
        await webhook.stop()
    }

    private static func serviceAccount(for account: Account, on controlPlane: ControlPlane) async throws -> String {
        guard case .watcher = account else { return "pod-identity-webhook" }
        let role = """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: watcher, namespace: \(systemNamespace)}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: watcher}
            rules:
            - {apiGroups: [""], resources: [serviceaccounts], verbs: [list, watch]}
            - {apiGroups: [""], resources: [events], verbs: [create, patch]}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: watcher}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: watcher}
            subjects: [{kind: ServiceAccount, name: watcher, namespace: \(systemNamespace)}]
            """
        try await controlPlane.apply(role, namespace: systemNamespace)
        return "watcher"
    }

    private func registered(
        byURL certificate: CertificateFolder,
        _ body: (Installation) async throws -> Void
    ) async throws {
        try await controlPlane.apply(
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: MutatingWebhookConfiguration
            metadata:
              name: \(namespace)
            webhooks:
            - name: pod-identity-webhook.amazonaws.com
              clientConfig:
                url: https://127.0.0.1:\(webhook.port)/mutate
                caBundle: \(try certificate.caBundle())
              rules:
              - operations: [CREATE]
                apiGroups: [""]
                apiVersions: [v1]
                resources: [pods]
              namespaceSelector:
                matchLabels:
                  test: \(namespace)
              sideEffects: None
              admissionReviewVersions: [v1, v1beta1]
              failurePolicy: Fail
            """
        )
        try await untilUnregistered(configuration: namespace) { try await body(self) }
    }

    private func registered(
        byService certificate: CertificateFolder,
        _ body: (Installation) async throws -> Void
    ) async throws {
        try await Deploy.apply(["Service"], to: controlPlane)
        let relay = try await TCPRelay.start(
            toService: Self.systemNamespace,
            of: Self.systemNamespace,
            on: controlPlane,
            targets: [webhook.port]
        )
        try await Deploy.apply(["MutatingWebhookConfiguration"], to: controlPlane)
        // No pod may be created without a call to the webhook.
        try await controlPlane.register(certificate, in: Self.systemNamespace)
        let operations = (0..<2).map {
            #"{"op": "replace", "path": "/webhooks/\#($0)/failurePolicy", "value": "Fail"}"#
        }
        try await controlPlane.kubectl([
            "patch", "mutatingwebhookconfiguration", Self.systemNamespace, "--type=json", "-p",
            "[\(operations.joined(separator: ","))]",
        ])
        do {
            try await untilUnregistered(configuration: Self.systemNamespace) { try await body(self) }
        } catch {
            try? await relay.stop()
            throw error
        }
        try await relay.stop()
    }

    private func untilUnregistered(configuration: String, _ body: () async throws -> Void) async throws {
        let unregister = {
            try await controlPlane.kubectl(["delete", "mutatingwebhookconfiguration", configuration])
            try await controlPlane.kubectl(["delete", "namespace", namespace, "--wait=false"])
        }
        do {
            try await createServiceAccount("registration-probe", role: "probe")
            _ = try await dryRun(Manifest.pod(serviceAccount: "registration-probe"), untilRole: "probe")
            try await body()
        } catch {
            _ = try? await unregister()
            throw error
        }
        _ = try await unregister()
    }
}

/// The kinds of the webhook's account and its rights.
enum Deploy {
    /// The kinds of the webhook's account and what it may do.
    static let account: Set = [
        "Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding",
    ]

    /// The user name of the webhook's ServiceAccount.
    static let user = "system:serviceaccount:\(Installation.systemNamespace):pod-identity-webhook"

    static func path(_ file: String) -> String { "\(TestFolders.repository)/deploy/\(file)" }

    /// Applies the objects of these kinds.
    static func apply(_ kinds: Set<String>, to controlPlane: ControlPlane) async throws {
        try await controlPlane.apply(InstallManifest.ofRepository().of(kinds: kinds))
    }
}
