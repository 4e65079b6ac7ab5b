package import TestNetwork
package import TestSupport

/// The webhook as deploy/pod-identity-webhook.yaml installs it. Processes replace the Deployment's pods, because there
/// is no kubelet. They have the Deployment's own arguments and the ServiceAccount's own token, and the API server calls
/// them through the Service.
package final class DeployedWebhook: Sendable {
    package static let namespace = "pod-identity-webhook"

    package let controlPlane: ControlPlane
    package let replicas: [WebhookProcess]
    /// Where connections to the Service's address are forwarded: to all replicas, unless a test changes it.
    package let service: TCPRelay

    /// - Parameters:
    ///   - manifest: Replaces the repository's manifest.
    ///   - tokenExpiration: How long the replicas can use the API server, in seconds, because their token is not
    ///     renewed.
    package static func install(
        _ manifest: InstallManifest? = nil,
        on controlPlane: ControlPlane,
        replicas count: Int = 1,
        tokenExpiration: Int = 3600
    ) async throws -> DeployedWebhook {
        let manifest = if let manifest { manifest } else { try InstallManifest.ofRepository() }
        try await controlPlane.apply(manifest)
        let container = manifest["Deployment"]["spec"]["template"]["spec"]["containers"][0]
        return try await start(container, on: controlPlane, replicas: count, tokenExpiration: tokenExpiration)
    }

    /// Starts replicas of a webhook that is already installed.
    /// - Parameter container: The Deployment's container.
    package static func start(
        _ container: APIObject,
        on controlPlane: ControlPlane,
        replicas count: Int = 1,
        tokenExpiration: Int = 3600
    ) async throws -> DeployedWebhook {
        let kubeconfig = try await controlPlane.kubeconfig(
            serviceAccount: "pod-identity-webhook",
            namespace: namespace,
            tokenExpiration: tokenExpiration
        )
        let replicas = try (0..<count).map { _ in
            try WebhookProcess(inPlaceOf: container, flags: ["--kubeconfig=\(kubeconfig)"])
        }
        let service = try await TCPRelay.start(
            toService: "pod-identity-webhook",
            of: namespace,
            on: controlPlane,
            targets: replicas.map(\.port)
        )
        return DeployedWebhook(controlPlane: controlPlane, replicas: replicas, service: service)
    }

    private init(controlPlane: ControlPlane, replicas: [WebhookProcess], service: TCPRelay) {
        self.controlPlane = controlPlane
        self.replicas = replicas
        self.service = service
    }

    package func waitUntilReady() async throws {
        for replica in replicas { try await replica.waitUntilReady() }
    }

    package func logs() -> String {
        (replicas.map { $0.logTail() } + [controlPlane.logTails()]).joined(separator: "\n")
    }

    /// Ends the processes. The applied objects stay.
    package func stop() async throws {
        for replica in replicas { await replica.stop() }
        try await service.stop()
    }
}

extension TCPRelay {
    /// Listens on a Service's ClusterIP; a port below 1024 requires root.
    package static func start(
        toService name: String,
        of namespace: String,
        on controlPlane: ControlPlane,
        targets: [Int]
    ) async throws -> TCPRelay {
        let service = try await controlPlane.get("service", name, namespace: namespace)
        guard let address = service["spec"]["clusterIP"].string, let port = service["spec"]["ports"][0]["port"].integer
        else { throw ControlPlaneError.unexpected("a Service without an address: \(service)") }
        return try await start(host: address, port: Int(port), to: targets)
    }
}
