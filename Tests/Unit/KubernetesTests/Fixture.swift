import HTTPClient
import Logging
import NIOCore
import NIOOpenSSL
import NIOPosix
import TestNetwork
import TestSupport

@testable import Kubernetes

/// A client for a scripted server, with short timeouts.
struct Fixture: Sendable {
    let server: ScriptedServer
    let client: APIClient

    init(server: ScriptedServer, client: APIClient) {
        self.server = server
        self.client = client
    }

    init(
        credentials: any Credentials = FixedCredentials.none,
        options: APIClient.Options = APIClient.Options(),
        version: @escaping ScriptedServer.VersionScript = { _ in [.status(404)] },
        script: @escaping ScriptedServer.Script
    ) async throws {
        server = try await ScriptedServer(version: version, script: script)
        client = Self.client(port: server.port, credentials: credentials, options: options)
    }

    static func client(
        host: String = "127.0.0.1",
        port: Int,
        tls: TLSContext? = nil,
        tlsServerName: String? = nil,
        credentials: any Credentials = FixedCredentials.none,
        options: APIClient.Options = APIClient.Options(),
        metrics: APIMetrics? = nil
    ) -> APIClient {
        let configuration = ClusterConfiguration(
            server: ServerURL(isTLS: tls != nil, host: host, port: port),
            tlsServerName: tlsServerName,
            access: ClusterAccess(tls: tls, credentials: credentials)
        )
        return Self.client(configuration, options: options, metrics: metrics)
    }

    static func client(
        _ configuration: ClusterConfiguration,
        options: APIClient.Options = APIClient.Options(),
        metrics: APIMetrics? = nil
    ) -> APIClient {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return APIClient(
            configuration,
            on: NIOSingletons.posixEventLoopGroup,
            options: options,
            metrics: metrics,
            logger: logger
        )
    }

    /// Runs a watcher for the server during `body`.
    func watch(
        _ resource: Resource = .serviceAccounts,
        options change: (inout Watcher.Options) -> Void = { _ in },
        takesProvisionalLists: Bool = false,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ body: (Recorder) async throws -> Void
    ) async throws {
        var options = Watcher.Options()
        options.backoff = Backoff(initial: .milliseconds(1), maximum: .milliseconds(20))
        change(&options)
        let recorder = Recorder(takesProvisionalLists: takesProvisionalLists)
        let watcher = Watcher(resource, client: client, handler: recorder, options: options, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await watcher.run() }
            try await body(recorder)
            // A test that has reached its time limit has not waited for what it expects.
            try Task.checkCancellation()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    func close() async throws {
        client.shutDown()
        try await server.close()
    }
}
