import AWSIdentity
import Logging
import NIOCore
import NIOPosix
import PodIdentity
import TestNetwork
import TestSupport
import Testing

@testable import AWSInstanceMetadata

@Suite("The instance metadata service", .timeLimit(.minutes(5)))
struct InstanceMetadataTests {
    private static let document = MetadataServer.document(account: "111122223333", region: "us-gov-west-1")

    @Test("gets a request for a session token first, and then requests with it")
    func order() async throws {
        let server = try await MetadataServer.serving(Self.document)
        let identity = try await metadata(server.endpoint).identity()
        #expect(identity.account == "111122223333" && identity.region == "us-gov-west-1")
        let requests = server.requests
        #expect(requests.map(\.isForToken) == [true, false] && requests.map(\.isForDocument) == [false, true])
        #expect(requests[0].token == nil && requests[0].tokenLifetime == "60" && requests[0].contentLength == "0")
        #expect(requests[1].token == "session-token")
        try await server.close()
    }

    @Test(
        "gets another request if its response is not usable",
        arguments: [
            MetadataServer.Answer.status(503), .status(500), .status(429), .closeConnection, .text(""), .text("a b"),
            .text(String(repeating: "x", count: 70_000)),
        ]
    )
    func retries(_ answer: MetadataServer.Answer) async throws {
        let server = try await MetadataServer { request, number in
            if number < 2 { return answer }
            return request.isForToken ? .text("t") : .text(Self.document)
        }
        #expect(try await metadata(server.endpoint).identity().account == "111122223333")
        #expect(server.requests.map(\.isForToken) == [true, true, true, false])
        try await server.close()
    }

    @Test("gets another request if it does not respond")
    func silence() async throws {
        let server = try await MetadataServer { request, number in
            if number < 2 { return .silence }
            return request.isForToken ? .text("t") : .text(Self.document)
        }
        let patient = try metadata(server.endpoint, attempts: 20, responseTimeout: .milliseconds(500))
        #expect(try await patient.identity().account == "111122223333")
        try await server.close()
    }

    @Test("gets a new token after it refuses one")
    func expiredToken() async throws {
        let server = try await MetadataServer { request, number in
            if request.isForToken { return .text("token-\(number)") }
            return request.token == "token-2" ? .text(Self.document) : .status(401)
        }
        _ = try await metadata(server.endpoint).identity()
        #expect(server.requests.map(\.token) == [nil, "token-0", nil, "token-2"])
        try await server.close()
    }

    @Test("gets no further request after a definite refusal", arguments: [400, 403, 404, 405])
    func refusal(_ status: Int) async throws {
        let server = try await MetadataServer { _, _ in .status(status) }
        await #expect(throws: InstanceMetadataError.refused(endpoint: server.endpoint, status: status)) {
            try await metadata(server.endpoint).identity()
        }
        #expect(server.requests.count == 1)
        try await server.close()
    }

    @Test("causes an error if its document is never usable")
    func badDocument() async throws {
        let server = try await MetadataServer.serving("{}")
        let error = await #expect(throws: InstanceMetadataError.self) { try await metadata(server.endpoint).identity() }
        #expect("\(error.map { "\($0)" } ?? "")".contains("accountId must be twelve digits"))
        #expect(server.requests.count == 6)
        try await server.close()
    }

    @Test("is reported as unavailable, with its address and what a pod needs", arguments: [true, false])
    func none(_ listens: Bool) async throws {
        let server = try await MetadataServer { _, _ in .silence }
        if !listens { try await server.close() }
        let error = await #expect(throws: InstanceMetadataError.self) {
            try await metadata(server.endpoint, responseTimeout: .seconds(1)).identity()
        }
        let text = "\(error.map { "\($0)" } ?? "")"
        #expect(text.contains("no instance metadata at \(server.endpoint)"))
        #expect(text.contains(listens ? "did not come within" : "refused") && text.contains("hop limit"))
        if listens {
            #expect(server.requests.count == 3)
            try await server.close()
        }
    }

    @Test(
        "is at the endpoint in the AWS SDKs' variables",
        arguments: [
            ([:], "http://169.254.169.254:80"),
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT": ""], "http://169.254.169.254:80"),
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"], "http://[fd00:ec2::254]:80"),
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1338/"], "http://127.0.0.1:1338"),
            (["AWS_EC2_METADATA_DISABLED": "false"], "http://169.254.169.254:80"),
            (["AWS_EC2_METADATA_DISABLED": "true"], nil),
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT": "https://127.0.0.1"], nil),
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT": "127.0.0.1"], nil),
        ] as [([String: String], String?)]
    )
    func endpoint(_ environment: [String: String], _ expected: String?) throws {
        let endpoint = try? InstanceMetadata.endpoint(environment: environment)
        #expect(endpoint.map { "\($0)" } == expected)
    }

    private func metadata(
        _ endpoint: String,
        attempts: Int = 3,
        responseTimeout: Duration = .seconds(30)
    ) throws -> InstanceMetadata {
        var options = InstanceMetadata.Options()
        options.attempts = attempts
        options.pause = .milliseconds(1)
        options.connectTimeout = .seconds(30)
        options.responseTimeout = responseTimeout
        return InstanceMetadata(
            endpoint: try InstanceMetadata.endpoint(environment: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": endpoint]),
            on: NIOSingletons.posixEventLoopGroup,
            options: options,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}
