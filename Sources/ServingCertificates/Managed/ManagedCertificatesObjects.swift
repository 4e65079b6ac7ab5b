internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL

/// The Secret and the MutatingWebhookConfiguration in the API server. Every write succeeds only if the object has not
/// changed since it was read.
struct ManagedCertificatesObjects: Sendable {
    struct Reading: Sendable {
        var bundles = CABundles()
        /// Nil if the Secret does not exist.
        var secret: CertificateSecret?
        /// The API server's clock, in seconds since 1970-01-01T00:00:00Z; nil if no response had a date.
        var time: Int64?
    }

    private let configuration: ManagedCertificates.Configuration
    private let client: APIClient
    private let secretsPath: String
    private let secretPath: String
    private let webhookConfigurationPath: String

    init(_ configuration: ManagedCertificates.Configuration, client: APIClient) {
        self.configuration = configuration
        self.client = client
        secretsPath = Resource.secret(namespace: configuration.namespace, name: configuration.secretName).path
        secretPath = "\(secretsPath)/\(configuration.secretName)"
        let name = configuration.webhookConfigurationName
        webhookConfigurationPath = "\(Resource.mutatingWebhookConfiguration(name: name).path)/\(name)"
    }

    func read() async throws -> Reading {
        var reading = Reading()
        // The order matters: see ManagedCertificatesStateMachine.
        let webhookConfiguration = try await get(webhookConfigurationPath)
        let secret = try await get(secretPath)
        if let webhookConfiguration {
            reading.bundles = try webhookConfiguration.parse { object in
                CABundles(MutatingWebhookConfiguration(ObjectView(object)), service: configuration.service)
            }
        }
        reading.secret = try secret?.parse { CertificateSecret($0) }
        var response = secret ?? webhookConfiguration
        // Neither object exists, so a CA is about to be created. Every authenticated client may read `/version`.
        if response == nil { response = try? await client.get("/version") }
        reading.time = response?.headers.first(name: "Date").flatMap(APIServerClock.seconds(ofDate:))
        return reading
    }

    private func get(_ path: String) async throws -> APIResponse? {
        do throws(KubernetesError) {
            return try await client.get(path)
        } catch  where error.isNotFound {
            return nil
        }
    }

    /// - Throws: `ServingCertificateError.immutableSecret` or `KubernetesError`.
    func write(_ secret: CertificateSecret) async throws {
        if secret.isImmutable { throw ServingCertificateError.immutableSecret("\(configuration.secret)") }
        let json = secret.json(namespace: configuration.namespace, name: configuration.secretName)
        if secret.resourceVersion == nil {
            try await send(.POST, secretsPath, "application/json", json)
        } else {
            try await send(.PATCH, secretPath, "application/merge-patch+json", json)
        }
    }

    func write(_ bundle: [Certificate], to bundles: CABundles) async throws {
        let patch = bundles.patch(bundle.flatMap(\.pem))
        try await send(.PATCH, webhookConfigurationPath, "application/strategic-merge-patch+json", patch)
    }

    private func send(_ method: HTTPMethod, _ path: String, _ type: String, _ body: [UInt8]) async throws {
        _ = try await client.send(APIRequest(method, path: path, body: (type, ByteBuffer(bytes: body))))
    }
}
