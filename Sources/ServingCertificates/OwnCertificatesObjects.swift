internal import Kubernetes
internal import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL

/// The Secret and the registration in the API server. Every write is made on the condition that the object is as it was
/// read.
struct OwnCertificatesObjects: Sendable {
    /// What the API server has.
    struct Reading: Sendable {
        /// Without a version if there is none.
        var registration = WebhookRegistration()
        /// Nil if there is none.
        var secret: CertificateSecret?
        /// The API server's clock, in seconds since 1970-01-01T00:00:00Z; nil if no answer told it.
        var time: Int64?
    }

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

    func read() async throws -> Reading {
        var reading = Reading()
        // In this order: see OwnCertificatesStateMachine.
        let registration = try await object(registrationPath)
        let secret = try await object(secretPath)
        if let registration {
            reading.registration = try WebhookRegistration(
                parsing: registration.body,
                service: configuration.serviceName,
                namespace: configuration.namespace
            )
        }
        reading.secret = try secret.map { try CertificateSecret(parsing: $0.body) }
        var answer = secret ?? registration
        // A CA is about to be made, and neither answer was kept. Everybody who is known to the API server may ask for this.
        if answer == nil { answer = try? await client.get("/version") }
        reading.time = answer?.headers.first(name: "Date").flatMap(APIServerClock.seconds(ofDate:))
        return reading
    }

    private func object(_ path: String) async throws -> APIResponse? {
        do throws(KubernetesError) {
            return try await client.get(path)
        } catch  where error.isNotFound {
            return nil
        }
    }

    /// - Throws: `OwnCertificatesError.immutableSecret`, or what the API server says.
    func write(_ secret: CertificateSecret) async throws {
        if secret.isImmutable {
            throw OwnCertificatesError.immutableSecret("\(configuration.namespace)/\(configuration.secretName)")
        }
        let json = ByteBuffer(bytes: secret.json(namespace: configuration.namespace, name: configuration.secretName))
        if secret.resourceVersion == nil {
            let body = (type: "application/json", bytes: json)
            _ = try await client.send(APIRequest(.POST, path: secretsPath, body: body))
        } else {
            let body = (type: "application/merge-patch+json", bytes: json)
            _ = try await client.send(APIRequest(.PATCH, path: secretPath, body: body))
        }
    }

    func write(_ bundle: [Certificate], to registration: WebhookRegistration) async throws {
        let json = ByteBuffer(bytes: registration.patch(bundle.flatMap(\.pem)))
        let body = (type: "application/strategic-merge-patch+json", bytes: json)
        _ = try await client.send(APIRequest(.PATCH, path: registrationPath, body: body))
    }
}
