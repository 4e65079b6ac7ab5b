import Kubernetes
import KubernetesObjects
import Logging
import NIOCore
import NIOPosix
import PodIdentity
import ServiceSupport
import TestNetwork
import TestSupport
import Testing

@testable import ClusterState

/// The feeds of the indexes with an API server whose responses are scripted.
@Suite("A change of providers while ServiceAccounts are watched", .timeLimit(.minutes(5)))
struct ProviderChangeTests {
    private static let source = ProviderConfigurationSource(.files(["profiles"]), TestProviders.self)
    private static let app = NamespacedName(namespace: "n", name: "app")

    private static func object(_ version: Int) -> String {
        #"{"metadata":{"namespace":"n","name":"app","resourceVersion":"\#(version)","#
            + #""annotations":{"a":"1","b":"\#(version)"}}}"#
    }

    private static func list(_ version: Int) -> ScriptedServer.Action {
        .json(
            #"{"metadata":{"resourceVersion":"\#(version)"},"items":[\#(object(version))]}"#
        )
    }

    /// The related objects, and a feed that runs during a test.
    private struct Cluster {
        let store = ConfigurationStore(unread: [source.place], keeping: MetadataKeys(annotations: ["a"]))
        let index: AnnotationIndex
        let indexes: ClusterIndexes
        let readiness = Readiness()

        init() {
            index = AnnotationIndex()
            indexes = ClusterIndexes(serviceAccounts: index, configurations: store)
        }

        var name: String? {
            let set: TestProviders? = store.current.value(at: source.place)
            return set?.name
        }

        func offer(_ text: String) throws { try store.update(source, Array(text.utf8)) }

        func value(_ key: String) -> String? {
            guard case .known(let annotations) = index.lookUp(app, since: store.current.keysRevision) else {
                return nil
            }
            return annotations[key]
        }

        func run(at server: ScriptedServer, _ body: () async throws -> Void) async throws {
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let configuration = try ClusterConfiguration.load(
                kubeConfig: nil,
                server: "http://127.0.0.1:\(server.port)",
                environment: [:]
            )
            let client = APIClient(configuration, on: NIOSingletons.posixEventLoopGroup, logger: logger)
            let feed = AnnotationFeed(
                .serviceAccounts,
                check: .serviceAccounts,
                client: client,
                store: store,
                index: index,
                readiness: readiness,
                logger: logger
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await feed.run() }
                try await body()
                group.cancelAll()
                try await group.waitForAll()
            }
            client.shutDown()
            try await server.close()
        }
    }

    @Test("waits for a list with everything that they read; until then, their predecessors decide")
    func order() async throws {
        let (bell, forever) = (ScriptedServer.Bell(), ScriptedServer.Bell())
        let server = try await ScriptedServer { request in
            if request.isWatch { return [.chunkedHead, .wait(forever)] }
            return request.number == 0 ? [Self.list(1)] : [.wait(bell), Self.list(2)]
        }
        let cluster = Cluster()
        try cluster.offer("one a")
        try await cluster.run(at: server) {
            try await eventually("the first watch") { server.requests.contains(where: \.isWatch) }
            #expect(cluster.name == "one" && cluster.value("a") == "1" && cluster.value("b") == nil)
            try cluster.offer("two a b")
            try await eventually("the second list") { server.requests.count { !$0.isWatch } == 2 }
            #expect(cluster.name == "one" && cluster.value("a") == "1", "the old list is still in use")
            bell.ring()
            try await eventually("the new providers") { cluster.name == "two" }
            #expect(cluster.value("a") == "1" && cluster.value("b") == "2")
            try await eventually("the second watch") { server.requests.count(where: \.isWatch) == 2 }
        }
    }

    @Test("is only delayed while the API server is unavailable")
    func outage() async throws {
        let forever = ScriptedServer.Bell()
        let server = try await ScriptedServer { request in
            if request.isWatch { return [.chunkedHead, .wait(forever)] }
            switch request.number {
            case 0: return [Self.list(1)]
            case ..<4: return [.json(#"{"kind":"Status","code":503}"#, status: 503)]
            default: return [Self.list(2)]
            }
        }
        let cluster = Cluster()
        try cluster.offer("one a")
        try await cluster.run(at: server) {
            try await eventually("the first watch") { server.requests.contains(where: \.isWatch) }
            try cluster.offer("two a b")
            try await eventually("a list that fails") { server.requests.count > 2 }
            #expect(cluster.name == "one" && cluster.value("a") == "1")
            try await eventually("the new providers") { cluster.name == "two" }
            #expect(cluster.value("b") == "2")
        }
    }

    @Test("during the first list causes another list")
    func firstList() async throws {
        let (bell, forever) = (ScriptedServer.Bell(), ScriptedServer.Bell())
        let server = try await ScriptedServer { request in
            if request.isWatch { return [.chunkedHead, .wait(forever)] }
            // The first page shows that the list has started.
            let page = #"{"metadata":{"resourceVersion":"1","continue":"x"},"items":[\#(Self.object(1))]}"#
            if request.number == 0 { return [.json(page)] }
            return request.number == 1
                ? [.wait(bell), .json(#"{"metadata":{"resourceVersion":"1"},"items":[]}"#)] : [Self.list(2)]
        }
        let cluster = Cluster()
        try await cluster.run(at: server) {
            try await eventually("the request for the second page") { server.requests.count == 2 }
            try cluster.offer("one b")
            #expect(cluster.name == nil)
            #expect(cluster.store.current.availability(of: Self.source.place) == .unread, "pods wait")
            bell.ring()
            try await eventually("the providers") { cluster.name == "one" }
            #expect(cluster.value("b") == "2")
        }
    }
}
