import AWSIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@testable import Admission
@testable import ClusterState
@testable import KubernetesObjects

/// The API server calls the webhook again for a pod that another webhook has changed (`reinvocationPolicy: IfNeeded`).
@Suite("A pod that is reviewed twice", .timeLimit(.minutes(5)))
struct AdmissionRoundsTests {
    private static let role = "arn:aws:iam::111122223333:role/app"
    private static let mountPath = "/var/run/secrets/eks.amazonaws.com/serviceaccount"

    private static func container(_ members: String) -> String { #"[{"name":"main","image":"x"\#(members)}]"# }
    private static func variables(_ role: String) -> String {
        #","env":[{"name":"AWS_ROLE_ARN","value":"\#(role)"},"#
            + #"{"name":"AWS_WEB_IDENTITY_TOKEN_FILE","value":"\#(mountPath)/token"}]"#
    }
    private static let conflict = #","volumeMounts":[{"name":"own","mountPath":"\#(mountPath)"}]"#

    private static let pods: [(containers: String, role: String, reason: String, outcome: String)] = [
        (container(""), role, "injected", "mutated"),
        (container(""), "nonsense", "malformed_role", "mutated"),
        (container(conflict), role, "mount_conflict", "mutated"),
        (container(conflict + variables(role)), role, "mount_conflict", "mutated"),
        (container(variables("other")), role, "own_identity", "mutated"),
        (container(#","env":[{"name":"AWS_ROLE_ARN","value":"\#(role)"}]"#), role, "token_unreachable", "mutated"),
        (container(""), "", "no_role", "unchanged"),
    ]

    @Test("has the same audit annotations, because the API server refuses different ones", arguments: pods)
    func audit(_ sample: (containers: String, role: String, reason: String, outcome: String)) throws {
        var review = try Fixtures.json("review-small.json")
        review[path: ["request", "object", "spec", "containers"]] = try JSONTree(parsing: sample.containers.utf8)
        review[path: ["request", "object", "spec", "volumes"]] = try JSONTree(
            parsing: #"[{"name":"own","emptyDir":{}}]"#.utf8
        )
        let first = try answer(review, sample.role)
        if let patch = first[path: ["response", "patch"]]?.string.flatMap(decodeBase64) {
            let pod = try #require(review[path: ["request", "object"]])
            review[path: ["request", "object"]] = try pod.applying(patch: try JSONTree(parsing: patch))
        }
        review[path: ["request", "object", "metadata", "labels"]] = .object(["other": .string("webhook")])
        let second = try answer(review, sample.role)
        let annotations = first[path: ["response", "auditAnnotations"]]
        #expect(annotations?["reason"]?.string == sample.reason)
        #expect(annotations?["outcome"]?.string == sample.outcome)
        #expect(second[path: ["response", "auditAnnotations"]] == annotations)
        #expect(second[path: ["response", "warnings"]] == first[path: ["response", "warnings"]])
        #expect(second[path: ["response", "patch"]] == nil)
    }

    private func answer(_ review: JSONTree, _ role: String) throws -> JSONTree {
        let index = AnnotationIndex()
        index.set(
            NamespacedName(namespace: "default", name: "app"),
            AnnotationIndex.Entry(Annotations(["eks.amazonaws.com/role-arn": role]))
        )
        let controller = AdmissionController(
            providers: ProviderChain([IRSAProvider(settings: AWSSettings())]),
            cluster: ClusterIndexes(serviceAccounts: index)
        )
        let result = try review.bytes.withUnsafeBytes { bytes in
            try controller.review(bytes, padded: false, parser: JSONParser())
        }
        guard case .ready(let answer) = result else { return .null }
        return try JSONTree(parsing: answer.body)
    }
}
