import Logging
import NIOCore
import NIOPosix
import TestNetwork
import TestSupport

@testable import HTTPClient

/// A client for a scripted server.
struct Fixture: Sendable {
    let server: ScriptedServer
    let client: HTTPClient

    init(
        options: HTTPClient.Options = HTTPClient.Options(),
        script: @escaping ScriptedServer.Script
    ) async throws {
        server = try await ScriptedServer(script: script)
        client = Self.client(port: server.port, options: options)
    }

    static func client(
        host: String = "127.0.0.1",
        port: Int,
        pathPrefix: String = "",
        options: HTTPClient.Options = HTTPClient.Options()
    ) -> HTTPClient {
        HTTPClient(
            ServerURL(isTLS: false, host: host, port: port, pathPrefix: pathPrefix),
            on: NIOSingletons.posixEventLoopGroup,
            options: options,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    func close() async throws {
        client.shutDown()
        try await server.close()
    }
}

extension HTTPClient {
    func get(_ path: String) async throws -> HTTPClientResponse { try await send(HTTPClientRequest(path: path)) }
}

/// The error that the body throws if it is the client's.
func error(_ body: () async throws -> Void) async -> HTTPClientError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? HTTPClientError
    }
}
