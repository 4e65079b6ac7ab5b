import Logging
import NIOCore
import NIOPosix
import Testing

@testable import HTTPClient

@Suite("A proxy that never responds", .timeLimit(.minutes(5)))
struct SilentProxyTests {
    @Test("is disconnected as soon as the request is cancelled", arguments: ["socks5", "http"])
    func cancellation(scheme: String) async throws {
        let group = NIOSingletons.posixEventLoopGroup
        let arrived = group.any().makePromise(of: Void.self)
        let closed = group.any().makePromise(of: Void.self)
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                arrived.succeed()
                channel.closeFuture.cascade(to: closed)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        var options = HTTPClient.Options()
        options.connectTimeout = .seconds(3600)
        let client = HTTPClient(
            ServerURL(isTLS: true, host: "api.test", port: 443),
            proxy: try ProxyURL(parsing: "\(scheme)://127.0.0.1:\(listener.localAddress?.port ?? 0)"),
            on: group,
            options: options,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let asking = Task { await error { _ = try await client.get("/") } }
        try await arrived.futureResult.get()
        asking.cancel()
        #expect(await asking.value == .cancelled)
        try await closed.futureResult.get()
        try await listener.close()
    }
}
