import AWSIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@testable import Admission
@testable import ClusterState
@testable import KubernetesObjects

@Suite("The response to an AdmissionReview", .timeLimit(.minutes(5)))
struct AdmissionTests {
    private let role = "arn:aws:iam::111122223333:role/app"

    @Test(
        "has the review's version and uid",
        arguments: ["review-small.json", "review-v1beta1.json", "review-airflow.json"]
    )
    func inKind(_ file: String) throws {
        let review = try Fixtures.json(file)
        let answer = try answer(review)
        #expect(answer["apiVersion"] == review["apiVersion"])
        #expect(answer["kind"]?.string == "AdmissionReview")
        #expect(answer[path: ["response", "uid"]] == review[path: ["request", "uid"]])
        #expect(answer[path: ["response", "allowed"]] == .literal("true"))
        #expect(answer[path: ["response", "patchType"]]?.string == "JSONPatch")
    }

    @Test("has a patch for the pod in the review")
    func patch() throws {
        let review = try Fixtures.json("review-small.json")
        let patch = try #require(try patch(of: answer(review)))
        let original = try #require(review[path: ["request", "object"]])
        let pod = try original.applying(patch: patch)
        #expect(pod.pretty.contains(role))
        #expect(pod.pretty.contains("aws-iam-token"))
    }

    @Test(
        "allows anything but a pod creation unchanged",
        arguments: [
            (["operation"], JSONTree.string("UPDATE")),
            (["operation"], .string("DELETE")),
            (["subResource"], .string("eviction")),
            (["subResource"], .string("ephemeralcontainers")),
            (["resource", "resource"], .string("deployments")),
            (["resource", "group"], .string("apps")),
            (["resource", "version"], .string("v2")),
        ]
    )
    func other(_ path: [String], _ value: JSONTree) throws {
        var review = try Fixtures.json("review-small.json")
        review[path: ["request"] + path] = value
        let answer = try answer(review)
        #expect(answer[path: ["response", "allowed"]] == .literal("true"))
        #expect(answer[path: ["response", "patch"]] == nil)
        #expect(answer[path: ["response", "patchType"]] == nil)
    }

    @Test(
        "allows anything else that wide rules send unchanged, whatever its object",
        arguments: [
            ("UPDATE", "status"), ("UPDATE", "resize"), ("CREATE", "binding"), ("CREATE", "eviction"),
            ("CONNECT", "exec"), ("CONNECT", "attach"), ("CONNECT", "portforward"), ("CONNECT", "proxy"),
            ("GET", "log"),
            ("DELETE", ""), ("UPDATE", ""), ("DELETE", "ephemeralcontainers"), ("FUTURE", "future"),
        ],
        [JSONTree.null, .object(["kind": .string("Other")]), .string("x")]
    )
    func wideRules(_ request: (operation: String, subresource: String), _ object: JSONTree) throws {
        var review = try Fixtures.json("review-small.json")
        review[path: ["request", "operation"]] = .string(request.operation)
        review[path: ["request", "subResource"]] = .string(request.subresource)
        review[path: ["request", "object"]] = object
        let answer = try answer(review)
        #expect(answer[path: ["response", "allowed"]] == .literal("true"))
        #expect(answer[path: ["response", "patch"]] == nil && answer[path: ["response", "warnings"]] == nil)
        #expect(answer[path: ["response", "auditAnnotations", "reason"]]?.string == "not_pod_creation")
    }

    @Test("gives a new ephemeral container what the pod's others have, and does not change an old one")
    func ephemeral() throws {
        var review = try Fixtures.json("review-ephemeral.json")
        #expect(try patch(of: answer(review)) == nil, "the pod of the recorded review has no identity")
        let creation = try Fixtures.json("review-small.json")
        let original = try #require(creation[path: ["request", "object"]])
        var pod = try original.applying(patch: try #require(try patch(of: answer(creation))))
        pod[path: ["spec", "ephemeralContainers"]] = .array(["old", "new"].map { .object(["name": .string($0)]) })
        var old = pod
        old[path: ["spec", "ephemeralContainers"]] = .array([.object(["name": .string("old")])])
        review[path: ["request", "object"]] = pod
        review[path: ["request", "oldObject"]] = old
        let patch = try #require(try patch(of: answer(review, index: AnnotationIndex())))
        let paths = patch.elements?.compactMap { $0["path"]?.string } ?? []
        #expect(paths == ["/spec/ephemeralContainers/1/env", "/spec/ephemeralContainers/1/volumeMounts"])
    }

    @Test("checks a ServiceAccount that is written, without changing it", arguments: ["CREATE", "UPDATE"])
    func serviceAccount(_ operation: String) throws {
        var review = try JSONTree(
            parsing: Self.review(
                #""uid":"1","operation":"\#(operation)","namespace":"n","resource":{"group":"","version":"v1","#
                    + #""resource":"serviceaccounts"},"object":{"metadata":{"name":"app","annotations":{"#
                    + #""eks.amazonaws.com/role-arn":"nonsense","eks.amazonaws.com/skip-containers":"\"a","#
                    + #""example.com/other":"x"}}}"#
            ).utf8
        )
        let answer = try answer(review)
        #expect(answer[path: ["response", "allowed"]] == .literal("true"))
        #expect(answer[path: ["response", "patch"]] == nil)
        #expect(answer[path: ["response", "auditAnnotations", "reason"]]?.string == "service_account_checked")
        let warnings = answer[path: ["response", "warnings"]]?.elements?.compactMap(\.string) ?? []
        #expect(warnings.count == 2 && warnings[0].contains("nonsense") && warnings[1].contains("skip-containers"))
        review[path: ["request", "object", "metadata", "annotations"]] = .object([:])
        #expect(try self.answer(review)[path: ["response", "warnings"]] == nil)
    }

    @Test("has the outcome for the pod and its reason in audit annotations")
    func audit() throws {
        let answer = try answer(try Fixtures.json("review-small.json"))
        let annotations = answer[path: ["response", "auditAnnotations"]]
        #expect(
            annotations
                == .object([
                    "outcome": .string("mutated"), "reason": .string("injected"), "role": .string(role),
                    "method": .string("sts_web_identity"),
                ])
        )
    }

    @Test("allows a mirror pod, which has no ServiceAccount, unchanged without a lookup")
    func mirrorPod() throws {
        var review = try Fixtures.json("review-small.json")
        for field in ["serviceAccountName", "serviceAccount"] {
            review[path: ["request", "object", "spec", field]] = nil
        }
        let answer = try answer(review, index: AnnotationIndex())
        #expect(answer[path: ["response", "patch"]] == nil)
    }

    @Test("uses the request's namespace instead of the object's")
    func namespace() throws {
        var review = try Fixtures.json("review-small.json")
        review[path: ["request", "object", "metadata", "namespace"]] = .string("other")
        #expect(try patch(of: answer(review)) != nil)
        review[path: ["request", "namespace"]] = .string("other")
        #expect(try answer(review) == .null, "an account in another namespace is unknown")
    }

    @Test("depends on the lookup of an unknown ServiceAccount")
    func unknown() throws {
        let bytes = try Fixtures.data("review-small.json")
        let controller = controller(AnnotationIndex())
        let found = DecisionInputs.Object.known(Annotations(["eks.amazonaws.com/role-arn": role]))
        try bytes.withUnsafeBytes { body in
            let first = try controller.review(body, padded: false, parser: JSONParser())
            guard case .needs(let missing) = first else {
                Issue.record("the unknown ServiceAccount was not requested")
                return
            }
            #expect(missing == .serviceAccount(NamespacedName(namespace: "default", name: "app")))
            guard
                case .ready(let answer) = try controller.review(
                    body,
                    padded: false,
                    parser: JSONParser(),
                    results: AdmissionController.LookupResults(serviceAccount: found)
                )
            else {
                Issue.record("it was requested twice")
                return
            }
            #expect(answer.result.reason == .injected)
        }
    }

    @Test("has the warnings for the pod's creator")
    func warnings() throws {
        let index = AnnotationIndex()
        index.set(
            NamespacedName(namespace: "default", name: "app"),
            AnnotationIndex.Entry(Annotations(["eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/bad"]))
        )
        let answer = try answer(try Fixtures.json("review-small.json"), index: index)
        let warnings = try #require(answer[path: ["response", "warnings"]]?.elements)
        #expect(warnings.count == 1 && warnings[0].string?.contains("arn:aws:iam::1:role/bad") ?? false)
    }

    @Test(
        "refuses a malformed review with the reason",
        arguments: [
            ("", "empty"),
            ("{", "malformed JSON"),
            ("[]", "not a JSON object"),
            ("\"review\"", "not a JSON object"),
            ("{}", "kind must be AdmissionReview"),
            (#"{"kind":"Pod"}"#, "kind must be AdmissionReview"),
            (#"{"kind":"AdmissionReview"}"#, "apiVersion must be"),
            (#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v2"}"#, "apiVersion must be"),
            (#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}"#, "request must be an object"),
            (
                #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":7}"#,
                "request must be an object"
            ),
            (review(#""operation":"CREATE""#), "request.uid"),
            (review(#""uid":"""#), "request.uid"),
            (review(#""uid":7"#), "request.uid"),
            (review(#""uid":"1","resource":{"version":"v1","resource":"pods"}"#), "request.object must be the pod"),
            (pod("null"), "request.object must be the pod"),
            (pod("[]"), "request.object must be the pod"),
            (pod("{}"), "the pod's spec is missing"),
            (pod(#"{"spec":[]}"#), "the pod's spec must be an object"),
            (pod(#"{"spec":{"containers":{}}}"#), "the pod's spec.containers must be an array"),
            (pod(#"{"spec":{"initContainers":"x"}}"#), "the pod's spec.initContainers must be an array"),
            (pod(#"{"spec":{"containers":[\#(String(repeating: "{},", count: 1000)){}]}}"#), "at most 1000 entries"),
            (pod(#"{"spec":{"containers":[1]}}"#), "the pod's spec.containers[0] must be an object"),
            (pod(#"{"spec":{"containers":[{},{"env":{}}]}}"#), "the pod's spec.containers[1].env must be an array"),
            (pod(#"{"spec":{"containers":[{"volumeMounts":1}]}}"#), "spec.containers[0].volumeMounts must be an array"),
            (pod(#"{"spec":{"volumes":{}}}"#), "the pod's spec.volumes must be an array"),
            (pod(#"{"metadata":[],"spec":{}}"#), "the pod's metadata must be an object"),
            (pod(#"{"metadata":{"labels":[]},"spec":{}}"#), "the pod's metadata.labels must be an object"),
            (String(repeating: "[", count: 100_000), "malformed JSON"),
        ]
    )
    func broken(_ body: String, _ problem: String) {
        let error = #expect(throws: AdmissionError.self) {
            try Array(body.utf8).withUnsafeBytes { bytes in
                _ = try controller(AnnotationIndex()).review(bytes, padded: false, parser: JSONParser())
            }
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains(problem))
    }

    // MARK: Helpers

    private static func review(_ request: String) -> String {
        #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{\#(request)}}"#
    }

    private static func pod(_ object: String) -> String {
        review(
            #""uid":"1","operation":"CREATE","resource":{"group":"","version":"v1","resource":"pods"},"object":\#(object)"#
        )
    }

    private func controller(_ index: AnnotationIndex) -> AdmissionController {
        AdmissionController(
            providers: ProviderChain([IRSAProvider(settings: AWSSettings())]),
            cluster: ClusterIndexes(serviceAccounts: index)
        )
    }

    private func answer(_ review: JSONTree, index: AnnotationIndex? = nil) throws -> JSONTree {
        let known = AnnotationIndex()
        do {
            let annotations = Annotations(["eks.amazonaws.com/role-arn": role])
            known.set(NamespacedName(namespace: "default", name: "app"), AnnotationIndex.Entry(annotations))
        }
        let result = try review.bytes.withUnsafeBytes { bytes in
            try controller(index ?? known).review(bytes, padded: false, parser: JSONParser())
        }
        guard case .ready(let answer) = result else { return .null }
        return try JSONTree(parsing: answer.body)
    }

    private func patch(of answer: JSONTree) throws -> JSONTree? {
        guard let text = answer[path: ["response", "patch"]]?.string else { return nil }
        return try JSONTree(parsing: try #require(decodeBase64(text)))
    }
}
