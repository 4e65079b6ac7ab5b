import AWSIdentity
import ClusterState
import JSON
import KubernetesObjects
import PodIdentity
import Prometheus
import TestSupport
import Testing

@testable import Admission

/// The API server calls the webhook again for a pod that another webhook has changed, and the pod may have several
/// identities.
@Suite("A pod with identities of several clouds is answered", .timeLimit(.minutes(5)))
struct CloudAdmissionTests {
    private static let role = "arn:aws:iam::111122223333:role/app"
    private static let aws = IRSAProvider(settings: AWSSettings())
    private static let blue = TrialProvider("blue")

    private static var helping: TrialProvider {
        var red = TrialProvider("red")
        red.helper = "setup"
        // No container of the pod itself gets the identity.
        red.onlyContainers = []
        return red
    }

    private static func annotations(_ more: [String: String] = [:]) -> Annotations {
        var all = Annotations([
            "eks.amazonaws.com/role-arn": role, "blue.example/identity": "id-1", "red.example/identity": "id-2",
        ])
        for (key, value) in more { all[key] = value }
        return all
    }

    private func respond(
        _ review: JSONTree,
        _ providers: [any IdentityProvider],
        _ annotations: Annotations = annotations(),
        isStrict: Bool = false
    ) throws -> AdmissionResponse {
        let index = AnnotationIndex()
        index.set(NamespacedName(namespace: "default", name: "app"), AnnotationIndex.Entry(annotations))
        let controller = AdmissionController(
            providers: ProviderChain(providers),
            cluster: ClusterIndexes(serviceAccounts: index)
        )
        let answer = try review.bytes.withUnsafeBytes { bytes in
            try controller.review(bytes, padded: false, parser: JSONParser())
        }
        let response = try #require(answer.value)
        if isStrict { response.denyIfUnavailable() }
        return response
    }

    private func audit(_ response: AdmissionResponse) throws -> JSONTree {
        try #require(try JSONTree(parsing: response.body)[path: ["response", "auditAnnotations"]])
    }

    private func applying(_ response: AdmissionResponse, to review: JSONTree) throws -> JSONTree {
        var review = review
        let pod = try #require(review[path: ["request", "object"]])
        let patch = try JSONTree(parsing: response.result.patch.bytes)
        review[path: ["request", "object"]] = try pod.applying(patch: patch)
        return review
    }

    private static let chains: [(before: [any IdentityProvider], now: [any IdentityProvider])] = [
        ([], [aws, blue]), ([aws], [aws, blue]), ([blue], [aws, blue]), ([aws], [blue, helping, aws]),
        ([], [helping]), ([blue, aws], [aws, blue]),
    ]

    @Test("in the same way in both rounds, whichever identities it already has", arguments: chains.indices)
    func rounds(index: Int) throws {
        let (before, now) = Self.chains[index]
        var review = try Fixtures.json("review-small.json")
        if !before.isEmpty { review = try applying(try respond(review, before), to: review) }
        let first = try respond(review, now)
        let second = try respond(try applying(first, to: review), now)
        #expect(second.result.patch.isEmpty)
        let annotations = try audit(first)
        #expect(try audit(second) == annotations)
        #expect(annotations["outcome"]?.string == "mutated" && annotations["reason"]?.string == "injected")
        if now.count > 1 {
            for cloud in Set(now.map(\.cloud)) { #expect(annotations["\(cloud)-reason"]?.string == "injected") }
        }
        if now.count > 1 { #expect(annotations["blue-identity"]?.string == "id-1") }
        #expect(annotations["role"]?.string == (now.contains { $0.cloud == "aws" } ? Self.role : nil))
    }

    @Test("with a denial that has every provider's message, and no patch")
    func denial() throws {
        let review = try Fixtures.json("review-small.json")
        let response = try respond(
            review,
            [Self.aws, Self.blue, TrialProvider("red")],
            Self.annotations(["blue.example/deny": "on", "red.example/deny": "off"])
        )
        #expect(response.outcome == .denied && response.reason == .invalidSetting)
        let body = try JSONTree(parsing: response.body)
        #expect(body[path: ["response", "allowed"]] == .literal("false"))
        #expect(body[path: ["response", "patch"]] == nil)
        let message = body[path: ["response", "status", "message"]]?.string
        #expect(message == "blue: blue.example/deny is on; red: red.example/deny is off")
        let annotations = try audit(response)
        #expect(annotations["outcome"]?.string == "denied" && annotations["reason"]?.string == "invalid_setting")
        #expect(annotations["blue-reason"]?.string == "invalid_setting" && annotations["role"] == nil)
    }

    @Test("in strict mode with a denial if any identity could not be determined, which is then the reason")
    func strict() throws {
        var review = try Fixtures.json("review-small.json")
        // The most severe reason of all, for a cloud other than the one that lacks information.
        review[path: ["request", "object", "spec", "serviceAccountName"]] = .string("none")
        let index = AnnotationIndex()
        let name = NamespacedName(namespace: "default", name: "none")
        let inputs = DecisionInputs.Object.unavailable("no answer")
        let controller = AdmissionController(
            providers: ProviderChain([Self.blue]),
            cluster: ClusterIndexes(serviceAccounts: index)
        )
        var results = AdmissionController.LookupResults()
        results = results.adding(inputs, for: .serviceAccount(name))
        let answer = try review.bytes.withUnsafeBytes { bytes in
            try controller.review(bytes, padded: false, parser: JSONParser(), results: results)
        }
        let response = try #require(answer.value)
        response.denyIfUnavailable()
        #expect(response.denial == Denial(code: 503, .serviceAccountUnavailable, "blue knows no account"))
    }

    @Test("with audit annotations that have a limited length and valid keys")
    func bounds() throws {
        var review = try Fixtures.json("review-small.json")
        review[path: ["request", "object", "spec", "containers"]] = .array([
            .object(["name": .string("main"), "image": .string("x")])
        ])
        let long = "id-" + String(repeating: "x", count: 5000)
        let clouds = (1...70).map { TrialProvider("c\($0)") } + [TrialProvider("-bad")]
        let annotations = Annotations(["c1.example/identity": long, "-bad.example/identity": "id-1"])
        let found = try audit(try respond(review, [clouds[70], clouds[0]] + clouds[1..<70], annotations))
        let members = try #require(found.members)
        #expect(members.count <= 2 + 64 * 3)
        #expect(members.allSatisfy { !$0.key.value.hasPrefix("-") && ($0.value.string ?? "").utf8.count <= 2100 })
        #expect(found["c1-identity"]?.string?.hasPrefix("id-x") ?? false)
        #expect(found["c1-reason"]?.string == "injected" && found["c2-reason"]?.string == "no_identity")
    }

    // MARK: Metrics and Events

    @Test("and counted, whatever its outcome and reason", arguments: Reason.allCases)
    func counts(reason: Reason) throws {
        struct Denier: IdentityProvider {
            let cloud = "deny"
            let reason: Reason
            var serviceAccountAnnotations: [String] { [] }
            func decide(
                _ pod: PodView,
                _ inputs: DecisionInputs,
                using generator: inout some RandomNumberGenerator
            ) -> Decision { Decision(.deny(Denial(reason, "no"))) }
        }
        struct Leaver: IdentityProvider {
            let cloud = "leave"
            let reason: Reason
            var serviceAccountAnnotations: [String] { [] }
            func decide(
                _ pod: PodView,
                _ inputs: DecisionInputs,
                using generator: inout some RandomNumberGenerator
            ) -> Decision { Decision(.leaveAlone(reason)) }
        }
        let review = try Fixtures.json("review-small.json")
        let registry = PrometheusRegistry(AdmissionMetrics.definitions)
        let metrics = AdmissionMetrics(factory: registry).recorder()
        for providers in [
            [Denier(reason: reason)], [Leaver(reason: reason)], [Leaver(reason: reason), Self.blue],
        ] as [[any IdentityProvider]] {
            metrics.recordResponse(try respond(review, providers))
        }
        let scraped = try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))
        #expect(scraped.nonzero("pod_identity_webhook_admission_requests_total").values.reduce(0, +) == 3)
        #expect(scraped.nonzero("pod_identity_webhook_identities_total").values.reduce(0, +) == 4)
        #expect(scraped.nonzero("pod_identity_webhook_pod_count") == [["method": "blue_method"]: 1])
        let denied = ["outcome": "denied", "reason": reason.rawValue, "dry_run": "false"]
        #expect(scraped.value("pod_identity_webhook_admission_requests_total", denied) == 1)
    }

    @Test("and counted once for each method that it gets, on any event loop")
    func methods() throws {
        let registry = PrometheusRegistry(AdmissionMetrics.definitions)
        let metrics = AdmissionMetrics(factory: registry)
        let review = try Fixtures.json("review-small.json")
        let half = try applying(try respond(review, [Self.aws]), to: review)
        metrics.recorder().recordResponse(try respond(review, [Self.aws, Self.blue]))
        // The pod already has the first one.
        metrics.recorder().recordResponse(try respond(half, [Self.aws, Self.blue]))
        let scraped = try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))
        let pods = scraped.nonzero("pod_identity_webhook_pod_count")
        #expect(pods == [["method": "sts_web_identity"]: 1, ["method": "blue_method"]: 2])
        #expect(
            scraped.nonzero("pod_identity_webhook_identities_total") == [
                ["provider": "aws", "reason": "injected", "dry_run": "false"]: 1,
                ["provider": "aws", "reason": "already_injected", "dry_run": "false"]: 1,
                ["provider": "blue", "reason": "injected", "dry_run": "false"]: 2,
            ]
        )
    }

    @Test("with an Event for each missing identity that names the cloud and does not quote the pod")
    func events() throws {
        var review = try Fixtures.json("review-small.json")
        let mounts: [JSONTree] = ["/var/run/blue", "/var/run/secrets/eks.amazonaws.com/serviceaccount"].map {
            .object(["name": .string("secret-name"), "mountPath": .string($0)])
        }
        review[path: ["request", "object", "spec", "containers"]] = .array([
            .object(["name": .string("secret-name"), "image": .string("x"), "volumeMounts": .array(mounts)])
        ])
        review[path: ["request", "object", "spec", "volumes"]] = .array([
            .object(["name": .string("secret-name"), "emptyDir": .object([:])])
        ])
        let annotations = Self.annotations(["red.example/identity": "2"])
        let response = try respond(review, [Self.aws, Self.blue, TrialProvider("red")], annotations)
        let keys = EventRecorder.keys(response)
        #expect(keys.map(\.reason) == ["MountConflict", "MountConflict", "MalformedIdentity"])
        #expect(keys.map { $0.message.prefix { $0 != ":" } } == ["aws", "blue", "red"])
        #expect(keys.last?.message == "red: pods cannot get their identity: it does not begin with id")
        #expect(keys.allSatisfy { !$0.message.contains("secret-name") })
        let alone = EventRecorder.keys(try respond(review, [Self.aws]))
        #expect(alone.map(\.message).first?.hasPrefix("a pod mounts another volume") ?? false)
        let denied = EventRecorder.keys(
            try respond(review, [Self.blue], Annotations(["blue.example/deny": "secret-name"]))
        )
        #expect(denied.map(\.reason) == ["InvalidSetting"])
        #expect(denied.allSatisfy { !$0.message.contains("secret-name") })
    }
}
