package import TestNetwork
package import TestSupport

/// The webhook as deploy/pod-identity-webhook.yaml installs it, with processes in the place of the Deployment's pods,
/// which no kubelet starts: with the Deployment's own arguments, under the ServiceAccount's own token, called by the API
/// server through the Service.
package final class DeployedWebhook: Sendable {
    package static let namespace = "pod-identity-webhook"

    package let controlPlane: ControlPlane
    package let replicas: [WebhookProcess]
    /// What the Service's address leads to: all replicas, if nobody changes it.
    package let service: TCPRelay

    /// - Parameters:
    ///   - manifest: In the place of the repository's.
    ///   - tokenExpiration: How long the replicas can talk to the API server, in seconds: nobody renews their token.
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

    /// The same for what is installed already.
    /// - Parameter container: The Deployment's.
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

    /// Ends the processes. What was applied stays.
    package func stop() async throws {
        for replica in replicas { await replica.stop() }
        try await service.stop()
    }
}

extension TCPRelay {
    /// Listens at a Service's ClusterIP; for a port below 1024 this needs root.
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
