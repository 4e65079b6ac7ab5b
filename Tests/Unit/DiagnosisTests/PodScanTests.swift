import AWSIdentity
import Kubernetes
import KubernetesObjects
import Logging
import NIOCore
import NIOPosix
import PodIdentity
import Prometheus
import TestNetwork
import TestSupport
import Testing

@testable import Diagnosis

@Suite("The scan for pods without their identity", .timeLimit(.minutes(5)))
struct PodScanTests {
    private static func pod(_ account: String, metadata: String = "", variables: String = "") -> String {
        #"{"metadata":{"namespace":"store","name":"\#(account)-1"\#(metadata)},"spec":{"serviceAccountName":"\#(account)","#
            + #""containers":[{"name":"main","env":[\#(variables)]}]}}"#
    }

    @Test("counts them, and reports their ServiceAccounts, but ignores terminating pods")
    func scan() async throws {
        let own = #"{"name":"AWS_ROLE_ARN","value":"own"},{"name":"AWS_WEB_IDENTITY_TOKEN_FILE","value":"/own"}"#
        let pods = [
            Self.pod("shop"), Self.pod("shop"), Self.pod("own", variables: own),
            Self.pod("gone", metadata: #","deletionTimestamp":"2026-01-04T00:00:00Z""#),
        ]
        let server = try await ScriptedServer { _ in
            [.json(#"{"metadata":{},"items":[\#(pods.joined(separator: ","))]}"#)]
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let client = APIClient(
            try ClusterConfiguration.load(kubeConfig: nil, server: "http://127.0.0.1:\(server.port)", environment: [:]),
            on: NIOSingletons.posixEventLoopGroup,
            logger: logger
        )
        let registry = PrometheusRegistry(PodScan.definitions)
        let (told, continuation) = AsyncStream.makeStream(of: String.self)
        let annotations = Annotations(["eks.amazonaws.com/role-arn": ScriptedCluster.role])
        let scan = PodScan(
            client: client,
            providers: ProviderChain([IRSAProvider(settings: AWSSettings())]),
            interval: .milliseconds(1),
            isReady: { true },
            inputs: { _ in
                DecisionInputs(
                    serviceAccount: .known(annotations),
                    namespace: nil,
                    configurations: ProviderConfigurations()
                )
            },
            tell: { continuation.yield("\($0): \($1.prefix { $0 != ":" })") },
            factory: registry,
            logger: logger
        )
        let task = Task { try await scan.run() }
        // At least two complete scans.
        let messages = await told.prefix(3).reduce(into: []) { $0.append($1) }
        task.cancel()
        try await task.value
        #expect(messages == Array(repeating: "store/shop: pods lack their identity", count: 3))
        let metrics = try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))
        #expect(metrics.value("pod_identity_webhook_pods_without_identity") == 2)
        client.shutDown()
        try await server.close()
    }
}
