import ClusterState
import Kubernetes
import KubernetesObjects
import Logging
import NIOCore
import NIOPosix
import PodIdentity
import ServiceSupport
import TestPrograms
import TestSupport
import Testing

@Suite("Lookups when the webhook stops", .timeLimit(.minutes(1)))
struct LookupShutdownTests {
    @Test("fail for every caller, whether in flight, waiting for a token, or started later")
    func cancelled() async throws {
        let api = try StandInAPIServer.start("return None")
        // The server never responds, so only a successful connection shows that it listens.
        let port = api.url.split(separator: ":").last ?? ""
        try await eventually("the API server to listen") {
            try await Command("bash", ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(port)"]).run().status == 0
        }
        let group = NIOSingletons.posixEventLoopGroup
        let configuration = try ClusterConfiguration.load(kubeConfig: nil, server: api.url, environment: [:])
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let lookups = AnnotationLookups(
            .serviceAccounts,
            client: APIClient(configuration, on: group, logger: logger),
            store: ConfigurationStore(),
            index: AnnotationIndex(),
            timeout: .seconds(600),
            rateLimit: RateLimit(rate: 0.001, burst: 1),
            maximumWaiting: 10,
            logger: logger
        )
        let running = Task { try await lookups.run() }
        let loop = group.next()
        func lookUp(_ name: String) -> EventLoopFuture<DecisionInputs.Object> {
            let name = NamespacedName(namespace: "n", name: name)
            return lookups.lookUp(name, until: .now() + .seconds(600), on: loop)
        }
        let waiting = [lookUp("a"), lookUp("b")]
        try await eventually("the one lookup for which there is a token") { api.log.contains("GET") }
        running.cancel()
        for future in waiting {
            guard case .unavailable = try await future.get() else {
                Issue.record("a lookup was answered")
                return
            }
        }
        try await running.value
        #expect(try await lookUp("c").get() == .unavailable("too many pods are waiting for lookups"))
        await api.stop()
    }
}
