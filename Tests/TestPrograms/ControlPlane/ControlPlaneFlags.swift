import TestNetwork

/// The components' command lines, for all Kubernetes versions since 1.20.
enum ControlPlaneFlags {
    struct Ports {
        let etcd: Int
        let etcdPeer: Int
        let apiServer: Int
        let controllerManager: Int
    }

    /// Only reads of ServiceAccounts and creations of pods, without bodies.
    static let auditPolicy = """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
        - level: Metadata
          resources:
          - group: ""
            resources: [serviceaccounts]
          verbs: [get, list, watch]
        - level: Metadata
          resources:
          - group: ""
            resources: [pods]
          verbs: [create]
        - level: None

        """

    static func etcd(_ ports: Ports, dataFolder: String) -> [String] {
        [
            "--data-dir=\(dataFolder)",
            "--listen-client-urls=http://127.0.0.1:\(ports.etcd)",
            "--advertise-client-urls=http://127.0.0.1:\(ports.etcd)",
            "--listen-peer-urls=http://127.0.0.1:\(ports.etcdPeer)",
            "--initial-advertise-peer-urls=http://127.0.0.1:\(ports.etcdPeer)",
            "--initial-cluster=default=http://127.0.0.1:\(ports.etcdPeer)",
            "--unsafe-no-fsync",
        ]
    }

    static func apiServer(
        _ ports: Ports,
        _ certificates: ControlPlaneCertificates,
        issuer: String,
        auditPolicy: String,
        auditLog: String
    ) -> [String] {
        [
            "--etcd-servers=http://127.0.0.1:\(ports.etcd)",
            "--bind-address=127.0.0.1",
            "--secure-port=\(ports.apiServer)",
            "--advertise-address=127.0.0.1",
            // An Endpoints object must not contain a loopback address.
            "--endpoint-reconciler-type=none",
            "--tls-cert-file=\(certificates.apiServer.certificatePath)",
            "--tls-private-key-file=\(certificates.apiServer.keyPath)",
            "--client-ca-file=\(certificates.authority.root.certificatePath)",
            "--service-account-issuer=\(issuer)",
            "--service-account-signing-key-file=\(certificates.serviceAccountKey)",
            "--service-account-key-file=\(certificates.serviceAccountPublicKey)",
            "--api-audiences=https://kubernetes.default.svc",
            // Longer than anything that the tests request, except for the test of this limit.
            "--service-account-max-token-expiration=192h",
            "--service-cluster-ip-range=127.96.0.0/16",
            "--authorization-mode=RBAC",
            "--audit-policy-file=\(auditPolicy)",
            "--audit-log-path=\(auditLog)",
        ]
    }

    static func controllerManager(
        _ ports: Ports,
        _ certificates: ControlPlaneCertificates,
        kubeconfig: String,
        executable: String
    ) async throws -> [String] {
        var flags = [
            "--kubeconfig=\(kubeconfig)",
            "--authentication-kubeconfig=\(kubeconfig)",
            "--authorization-kubeconfig=\(kubeconfig)",
            "--bind-address=127.0.0.1",
            "--secure-port=\(ports.controllerManager)",
            "--leader-elect=false",
            "--use-service-account-credentials=true",
            "--service-account-private-key-file=\(certificates.serviceAccountKey)",
            "--root-ca-file=\(certificates.authority.root.certificatePath)",
            "--cluster-signing-cert-file=\(certificates.authority.root.certificatePath)",
            "--cluster-signing-key-file=\(certificates.authority.root.keyPath)",
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
        ]
        // Before 1.24 it also serves plaintext on a fixed port of every address, unless told not to.
        if try await Command(executable, ["--help"]).run().text.contains("--port int") {
            flags.append("--port=0")
        }
        return flags
    }
}
