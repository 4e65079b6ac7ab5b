internal import JSON
package import KubernetesObjects
package import PodIdentity

/// What a review is answered with, and what the log says of it.
package struct AdmissionResponse {
    /// What a request came to.
    package enum Outcome: String, Sendable {
        case mutated
        case unchanged
        /// In strict mode, where it could not be found out which identity the pod should have.
        case denied
        /// With an HTTP status other than 200.
        case refused
    }

    package let uid: String
    package let namespace: String
    package let isDryRun: Bool
    package let outcome: PodOutcome
    /// Whether the pod is denied instead of created without the identity that it might have.
    package var isDenied = false
    /// The name of the pod, or what its name will start with.
    package let podName: String
    package let serviceAccount: NamespacedName?

    private let apiVersion: String

    init(
        _ review: AdmissionReview,
        pod: PodView? = nil,
        serviceAccount: NamespacedName? = nil,
        _ outcome: PodOutcome
    ) {
        apiVersion = review.apiVersion
        uid = review.uid
        namespace = review.namespace
        isDryRun = review.isDryRun
        self.outcome = outcome
        podName = pod?.name ?? ""
        self.serviceAccount = pod?.serviceAccount ?? serviceAccount
    }

    package var result: Outcome {
        if isDenied { return .denied }
        return outcome.patch.isEmpty ? .unchanged : .mutated
    }

    /// As they are sent.
    package var warnings: [String] { AdmissionWarnings.limited(outcome.warnings) }

    /// The AdmissionReview to send back, as JSON.
    package var body: [UInt8] {
        let patch = outcome.patch
        var writer = JSONWriter(reservingCapacity: 512 + patch.byteCount * 4 / 3)
        writer.object { review in
            review.member("kind", "AdmissionReview")
            review.member("apiVersion", apiVersion)
            review.key("response")
            review.object { response in
                response.member("uid", uid)
                response.member("allowed", !isDenied)
                if isDenied { writeStatus(&response) }
                if !patch.isEmpty {
                    response.member("patchType", "JSONPatch")
                    response.key("patch")
                    response.base64(patch.bytes)
                }
                let warnings = warnings
                if !warnings.isEmpty {
                    response.key("warnings")
                    response.array { array in warnings.forEach { array.string($0) } }
                }
                response.key("auditAnnotations")
                response.object(writeAuditAnnotations)
            }
        }
        return writer.bytes
    }

    /// For the API server's own answer (meta/v1 Status): whoever asks for the pod may ask again.
    private func writeStatus(_ response: inout JSONWriter) {
        response.key("status")
        response.object { status in
            status.member("code", 503)
            status.member("reason", "ServiceUnavailable")
            status.member("message", warnings.first ?? outcome.reason.rawValue)
        }
    }

    /// The API server puts the name of the webhook in front of the keys.
    private func writeAuditAnnotations(_ annotations: inout JSONWriter) {
        annotations.member("outcome", result.rawValue)
        annotations.member("reason", outcome.reason.rawValue)
        if let role = outcome.identity { annotations.member("role", role) }
        if let method = outcome.method { annotations.member("method", method) }
    }
}
