import NIOCore
import NIOHTTP1
import Prometheus
import TestNetwork
import TestSupport
import Testing

@testable import Kubernetes

@Suite("The metrics of the API server", .timeLimit(.minutes(5)))
struct APIMetricsTests {
    private static let core = "/api/v1"

    @Test(
        "name the verb and resource of a request, but no object",
        arguments: [
            (.GET, "\(core)/serviceaccounts", "list serviceaccounts"),
            (.GET, "\(core)/namespaces", "list namespaces"),
            (.GET, "\(core)/namespaces/n", "get namespaces"),
            (.GET, "\(core)/namespaces/n/serviceaccounts", "list serviceaccounts"),
            (.GET, "\(core)/namespaces/n/serviceaccounts/a", "get serviceaccounts"),
            (.GET, "\(core)/namespaces/secrets/events/secrets", "get events"),
            (.POST, "\(core)/namespaces/n/events", "create events"),
            (.POST, "\(core)/namespaces/n/serviceaccounts/a/token", "create serviceaccounts"),
            (.PATCH, "\(core)/namespaces/n/events/e", "patch events"),
            (.PUT, "\(core)/namespaces/n/secrets/s", "update secrets"),
            (.DELETE, "\(core)/namespaces/n/pods/p", "delete pods"),
            (.HEAD, "\(core)/pods", "other pods"),
            (
                .GET, "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/x",
                "get mutatingwebhookconfigurations"
            ),
            (.GET, "/apis/example.com/v1/namespaces/n/mine/x", "get other"), (.GET, "/version", "get version"),
            (.GET, "\(core)/tenant", "list other"), (.GET, "/tenant/secrets", "get other"), (.GET, "", "get other"),
        ] as [(HTTPMethod, String, String)]
    )
    func operation(_ method: HTTPMethod, _ path: String, _ expected: String) {
        let operation = APIOperation(method, path: path, isWatch: false)
        #expect("\(operation.verb) \(operation.resource)" == expected)
    }

    @Test("distinguish a watch from a list")
    func watch() {
        let requests = [
            Resource.serviceAccounts.streamRequest(timeoutSeconds: 1),
            Resource.configMap(namespace: "n", name: "c").watchRequest(resourceVersion: "1", timeoutSeconds: 1),
            Resource.serviceAccounts.listRequest(limit: 1, continueToken: nil),
        ]
        let operations = requests.map { "\($0.operation.verb) \($0.operation.resource)" }
        #expect(operations == ["watch serviceaccounts", "watch configmaps", "list serviceaccounts"])
    }

    @Test("count requests by status code, including those without a response, and measure them")
    func requests() async throws {
        let registry = PrometheusRegistry(APIMetrics.definitions)
        let server = try await ScriptedServer { request in
            switch request.path {
            case "/api/v1/serviceaccounts": [.json("{}")]
            case "/api/v1/namespaces/n/events": [.json("{}", status: 201)]
            case "/api/v1/namespaces/n": [.status(404)]
            default: [.close]
            }
        }
        let client = Fixture.client(port: server.port, metrics: APIMetrics(factory: registry))
        for _ in 0..<2 { _ = try await client.get("/api/v1/serviceaccounts") }
        _ = try await client.list(APIRequest(path: "/api/v1/serviceaccounts"))
        _ = try await client.stream(
            APIRequest(path: "/api/v1/serviceaccounts", query: [("watch", "true")]),
            idleTimeout: .seconds(30)
        )
        _ = try await client.send(APIRequest(.POST, path: "/api/v1/namespaces/n/events"))
        for path in ["/api/v1/namespaces/n", "/api/v1/namespaces/gone"] {
            await #expect(throws: KubernetesError.self) { _ = try await client.get(path) }
        }
        let metrics = try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))
        func labels(_ verb: String, _ resource: String, _ code: String) -> [String: String] {
            ["verb": verb, "resource": resource, "code": code]
        }
        #expect(
            metrics.nonzero("pod_identity_webhook_api_server_requests_total") == [
                labels("list", "serviceaccounts", "200"): 3, labels("watch", "serviceaccounts", "200"): 1,
                labels("create", "events", "201"): 1, labels("get", "namespaces", "404"): 1,
                labels("get", "namespaces", "error"): 1,
            ]
        )
        let durations = metrics.nonzero("pod_identity_webhook_api_server_request_duration_seconds_count")
        #expect(durations[["verb": "list", "resource": "serviceaccounts"]] == 3)
        #expect(durations[["verb": "get", "resource": "namespaces"]] == 2)
        #expect(durations.count == 4)
        client.shutDown()
        try await server.close()
    }

    @Test("show how long ago a resource was in sync, after it has been once")
    func syncAge() throws {
        let registry = PrometheusRegistry(WatchMetrics.definitions)
        let metrics = WatchMetrics(.serviceAccounts, factory: registry)
        func age() throws -> Double? {
            try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))
                .value("pod_identity_webhook_watch_sync_age_seconds", ["resource": "serviceaccounts"])
        }
        metrics.statusChanged(.listing)
        metrics.statusChanged(.failing(since: .now - .seconds(5000), reason: "x"))
        #expect(try age() == nil)
        metrics.statusChanged(.watching)
        #expect(try age() == 0)
        metrics.statusChanged(.failing(since: .now - .seconds(1000), reason: "x"))
        metrics.statusChanged(.failing(since: .now - .seconds(10), reason: "y"))
        let growing = try #require(try age())
        #expect(growing >= 1000 && growing < 4000)
        metrics.statusChanged(.watching)
        #expect(try age() == 0)
    }
}
