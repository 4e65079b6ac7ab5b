import JSON
import TestPrograms
import TestSupport
import Testing

@testable import Admission

@Suite("mutate answers AdmissionReviews", .serialized, .timeLimit(.minutes(2)))
struct MutateReviewTests {
    private static let role = "arn:aws:iam::012345678901:role/shop"

    /// Answers the review, with a ServiceAccount that has a role and is the review's.
    private func answer(_ review: JSONTree, _ arguments: [String] = []) async throws -> (JSONTree, Command.Output) {
        let command = try MutateCommand()
        let namespace = review[path: ["request", "namespace"]]?.string ?? "default"
        let name = review[path: ["request", "object", "spec", "serviceAccountName"]]?.string ?? "default"
        let accounts = try command.serviceAccount(name, namespace: namespace)
        let output = try await command.run(
            ["-f", "-", "-o", "json", "--service-accounts", accounts] + arguments,
            input: review.pretty
        )
        return (try JSONTree(parsing: output.standardOutput), output)
    }

    @Test(
        "from an API server, with the patch of the pod",
        arguments: [
            ("review-small.json", "admission.k8s.io/v1"), ("review-airflow.json", "admission.k8s.io/v1"),
            ("review-v1beta1.json", "admission.k8s.io/v1beta1"),
        ]
    )
    func recorded(file: String, apiVersion: String) async throws {
        let review = try Fixtures.json(file)
        let (answer, output) = try await answer(review)
        #expect(output.status == 0 && output.errorText.hasPrefix("AdmissionReview of Pod "))
        #expect(answer["kind"] == .string("AdmissionReview") && answer["apiVersion"] == .string(apiVersion))
        let response = try #require(answer["response"])
        #expect(response["uid"] == review[path: ["request", "uid"]])
        #expect(response["allowed"] == .literal("true") && response["patchType"] == .string("JSONPatch"))
        let patch = try await decodedPatch(response)
        let before = try #require(review[path: ["request", "object"]])
        let pod = try before.applying(patch: patch)
        #expect(!pod.roles().isEmpty && pod.roles().allSatisfy { $0 == Self.role })

        let (shown, _) = try await self.answer(review, ["-o", "patch"])
        #expect(shown["patch"] == patch && shown["kind"] == .string("Pod"))
        var again = review
        again[path: ["request", "object"]] = pod
        let (second, _) = try await self.answer(again)
        #expect(second["response"]?.members?.map(\.key.value) == ["uid", "allowed", "auditAnnotations"])
    }

    @Test("without a patch, for an ephemeral container of a pod without an identity")
    func otherRequests() async throws {
        let (answer, output) = try await answer(try Fixtures.json("review-ephemeral.json"))
        #expect(answer["response"]?.members?.map(\.key.value) == ["uid", "allowed", "auditAnnotations"])
        #expect(output.errorText.contains("pod_has_no_identity"))
    }

    @Test("without a patch, for a mirror pod, which has no ServiceAccount")
    func mirrorPod() async throws {
        var review = try Fixtures.json("review-small.json")
        review[path: ["request", "object", "spec", "serviceAccountName"]] = nil
        review[path: ["request", "object", "spec", "serviceAccount"]] = nil
        let (answer, output) = try await answer(review)
        #expect(answer["response"]?["patch"] == nil && output.errorText.contains("no_service_account"))
    }

    @Test(
        "but refuses malformed ones, with the place of the error",
        arguments: [
            (#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}"#, "request must be an object"),
            (
                #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v2","request":{"uid":"u"}}"#,
                "apiVersion must be"
            ),
            (#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{}}"#, "request.uid must be"),
        ]
    )
    func malformed(review: String, reason: String) async throws {
        let output = try await MutateCommand().run(["-f", "-"], input: "\n\n" + review)
        #expect(output.status != 0 && output.text == "")
        #expect(output.errorText.hasPrefix("Error: standard input:3: the AdmissionReview cannot be read: \(reason)"))
    }

    private func decodedPatch(_ response: JSONTree) async throws -> JSONTree {
        try await Python.json(
            "import base64,json,sys; sys.stdout.buffer.write(base64.b64decode(json.load(sys.stdin), validate=True))",
            try #require(response["patch"])
        )
    }
}
