import ClusterState
import HTTPServer
import JSON
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import PodIdentity
import Prometheus
import TestSupport
import Testing

@testable import Admission
@testable import HTTPServer
@testable import KubernetesObjects

@Suite("The metrics of reviews", .timeLimit(.minutes(5)))
struct ReviewMetricsTests {
    private let registry = PrometheusRegistry(AdmissionMetrics.definitions)
    private let loop = EmbeddedEventLoop()

    private func scrape() throws -> ScrapedMetrics {
        try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))
    }

    private func inFlight() throws -> Double? { try scrape().value("pod_identity_webhook_reviews_in_flight") }

    /// Needs the ServiceAccount, and denies a pod whose ServiceAccount is not known.
    private struct Provider: IdentityProvider {
        let cloud = "test"
        let serviceAccountAnnotations = ["b"]

        func decide(
            _ pod: PodView,
            _ inputs: DecisionInputs,
            using generator: inout some RandomNumberGenerator
        ) -> Decision {
            switch inputs.serviceAccount {
            case .unknown: Decision(.needs(.serviceAccount(NamespacedName(namespace: "default", name: "app"))))
            case .known: Decision(.leaveAlone(.noIdentity), warnings: ["one", "two"])
            default: Decision(.deny(Denial(.invalidSetting, "no")), warnings: ["three"])
            }
        }
    }

    /// Responds when a test tells it to.
    ///
    /// Sendable, because a test uses it on one thread.
    private final class Lookup: AnnotationLookup, @unchecked Sendable {
        var promises: [EventLoopPromise<DecisionInputs.Object>] = []

        func lookUp(
            _ name: NamespacedName,
            until deadline: NIODeadline,
            on eventLoop: any EventLoop
        ) -> EventLoopFuture<DecisionInputs.Object> {
            let promise = eventLoop.makePromise(of: DecisionInputs.Object.self)
            promises.append(promise)
            return promise.futureResult
        }
    }

    private func route(_ lookup: Lookup?) -> AdmissionRoute {
        var lookups = AdmissionRoute.Lookups()
        lookups.serviceAccounts = lookup
        let controller = AdmissionController(
            providers: ProviderChain([Provider()]),
            cluster: ClusterIndexes(serviceAccounts: AnnotationIndex())
        )
        return AdmissionRoute(
            controller: controller,
            lookups: lookups,
            metrics: AdmissionMetrics(factory: registry),
            log: AdmissionLog(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        )
    }

    private func respond(_ route: AdmissionRoute, _ body: [UInt8]) -> HTTPAnswer {
        let head = RequestHead(method: .POST, uri: "/mutate", contentType: "application/json")
        return route.respond(to: HTTPRequest(head: head, body: ByteBuffer(bytes: body)), on: loop)
    }

    @Test("count a review as in flight until its response or failure, on any event loop")
    func flight() throws {
        let lookup = Lookup()
        let routes = [route(lookup), route(lookup)]
        let review = try Fixtures.json("review-small.json").bytes
        #expect(try inFlight() == 0)
        let answers = (routes + routes).map { respond($0, review) }
        _ = respond(routes[0], Array("{".utf8))
        #expect(try inFlight() == 4)
        lookup.promises[2].succeed(.absent)
        #expect(try inFlight() == 3)
        for promise in [lookup.promises[0], lookup.promises[1], lookup.promises[3]] {
            promise.succeed(.known(Annotations()))
        }
        #expect(try inFlight() == 0)
        for case .deferred(let future) in answers { #expect(try future.wait().status == .ok) }
        #expect(answers.count == 4)
    }

    @Test("count warnings by subject")
    func warnings() throws {
        let lookup = Lookup()
        let route = route(lookup)
        let review = try Fixtures.json("review-small.json").bytes
        for _ in 0..<3 { _ = respond(route, review) }
        lookup.promises[0].succeed(.known(Annotations()))
        lookup.promises[1].succeed(.known(Annotations()))
        lookup.promises[2].succeed(.absent)
        #expect(
            try scrape().nonzero("pod_identity_webhook_warnings_total") == [
                ["kind": "settings", "reason": "no_identity"]: 4,
                ["kind": "settings", "reason": "invalid_setting"]: 1,
            ]
        )
    }

    @Test("count warnings about containers and about ServiceAccounts separately")
    func kinds() throws {
        let text = #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"1"}}"#
        let object = Array(text.utf8)
        func response(_ reason: Reason, own: Warnings, all: Warnings) throws -> AdmissionResponse {
            var result = MutationResult(reason: reason, warnings: all)
            var part = MutationResult.Part(cloud: "test", auditKeys: AuditKeys(cloud: "test"), reason: reason)
            part.warnings = own
            if reason != .serviceAccountChecked { result.parts = [part] }
            return try object.withUnsafeBytes { bytes in
                try JSONParser().parse(bytes) { AdmissionResponse(try AdmissionReview($0), result) }
            }
        }
        let recorder = AdmissionMetrics(factory: registry).recorder()
        recorder.recordResponse(try response(.mountConflict, own: ["a"], all: ["a", "b", "c"]))
        recorder.recordResponse(try response(.serviceAccountChecked, own: [], all: ["a", "b"]))
        recorder.recordResponse(try response(.noIdentity, own: [], all: []))
        var many: Warnings = []
        for number in 0..<30 { many.append("\(number)") }
        recorder.recordResponse(try response(.tokenUnreachable, own: [], all: many))
        #expect(
            try scrape().nonzero("pod_identity_webhook_warnings_total") == [
                ["kind": "settings", "reason": "mount_conflict"]: 1,
                ["kind": "containers", "reason": "mount_conflict"]: 2,
                ["kind": "service_account", "reason": "service_account_checked"]: 2,
                ["kind": "containers", "reason": "token_unreachable"]: 30,
            ]
        )
    }
}
