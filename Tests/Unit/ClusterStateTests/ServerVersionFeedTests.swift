import ClusterState
import Kubernetes
import Logging
import NIOCore
import NIOPosix
import PodIdentity
import ServiceSupport
import TestNetwork
import TestSupport
import Testing

@Suite("The version of the API server", .timeLimit(.minutes(5)))
struct ServerVersionFeedTests {
    @Test("is requested again after failures and periodically, and the webhook is not ready until it is known")
    func feed() async throws {
        // The feed gets past its first version only once the test has seen that, however long it takes.
        let seen = ScriptedServer.Bell()
        let server = try await ScriptedServer(
            version: { count in
                switch count {
                case 0: [.json("{}", status: 503)]
                case 1: [.json(#"{"major": "1", "minor": "x"}"#)]
                case 2: [.json(#"{"major": "1", "minor": "31+"}"#)]
                case 3: [.wait(seen), .json("{}", status: 500)]
                // A request that has to wait too long is sent again.
                default: [.wait(seen), .json(#"{"major": "1", "minor": "32"}"#)]
                }
            },
            script: { _ in [.json("{}", status: 404)] }
        )
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let configuration = try ClusterConfiguration.load(
            kubeConfig: nil,
            server: "http://127.0.0.1:\(server.port)",
            environment: [:]
        )
        let (version, readiness) = (KnownServerVersion(), Readiness())
        let feed = ServerVersionFeed(
            client: APIClient(configuration, on: NIOSingletons.posixEventLoopGroup, logger: logger),
            version: version,
            interval: .milliseconds(300),
            readiness: readiness,
            logger: logger
        )
        #expect(!readiness.isReady && version.current == nil)
        // All unit tests share two cores.
        let limit = Duration.seconds(240)
        let running = Task { try await feed.run() }
        try await eventually("the first answer", within: limit) { version.current == ServerVersion(1, 31) }
        try await eventually("readiness", within: limit) { readiness.isReady }
        seen.ring()
        try await eventually("the answer after an upgrade", within: limit) { version.current == ServerVersion(1, 32) }
        #expect(readiness.isReady)
        running.cancel()
        try await running.value
    }
}
