internal import Kubernetes
internal import NIOCore
internal import NIOHTTP1

/// The Secret and the registration in the API server. Every write is made on the condition that the object is as it was
/// read.
struct OwnCertificatesObjects: Sendable {
    private let configuration: OwnCertificates.Configuration
    private let client: APIClient
    private let secretsPath: String
    private let secretPath: String
    private let registrationPath: String

    init(_ configuration: OwnCertificates.Configuration, client: APIClient) {
        self.configuration = configuration
        self.client = client
        secretsPath = Resource.secret(namespace: configuration.namespace, name: configuration.secretName).path
        secretPath = "\(secretsPath)/\(configuration.secretName)"
        let name = configuration.registrationName
        registrationPath = "\(Resource.mutatingWebhookConfiguration(name: name).path)/\(name)"
    }

    /// Nil if there is none.
    func secret() async throws -> CertificateSecret? {
        guard let body = try await object(secretPath) else { return nil }
        return try CertificateSecret(parsing: body, dnsNames: configuration.dnsNames)
    }

    /// Without a version if there is none.
    func registration() async throws -> WebhookRegistration {
        guard let body = try await object(registrationPath) else { return WebhookRegistration() }
        return try WebhookRegistration(
            parsing: body,
            service: configuration.serviceName,
            namespace: configuration.namespace
        )
    }

    private func object(_ path: String) async throws -> ByteBuffer? {
        do throws(KubernetesError) {
            return try await client.get(path).body
        } catch  where error.isNotFound {
            return nil
        }
    }

    func write(_ secret: CertificateSecret) async throws {
        let json = ByteBuffer(bytes: secret.json(namespace: configuration.namespace, name: configuration.secretName))
        if secret.resourceVersion == nil {
            let body = (type: "application/json", bytes: json)
            _ = try await client.send(APIRequest(.POST, path: secretsPath, body: body))
        } else {
            let body = (type: "application/merge-patch+json", bytes: json)
            _ = try await client.send(APIRequest(.PATCH, path: secretPath, body: body))
        }
    }

    func write(_ bundle: [UInt8], to registration: WebhookRegistration) async throws {
        let body = (type: "application/json-patch+json", bytes: ByteBuffer(bytes: registration.patch(bundle)))
        _ = try await client.send(APIRequest(.PATCH, path: registrationPath, body: body))
    }
}
