internal import JSON
package import KubernetesObjects
package import PodIdentity

/// The response to a review, and what is logged about it.
package struct AdmissionResponse {
    /// What a request led to, for logs, metrics and audit annotations.
    package enum Outcome: String, Sendable {
        case mutated
        case unchanged
        /// The pod was denied in strict mode, because it could not be found out which identity it should have.
        case denied
        /// The request was answered with an HTTP status other than 200.
        case refused
    }

    package let uid: String
    package let namespace: String
    package let isDryRun: Bool
    package let result: MutationResult
    /// Whether the pod is denied instead of being created without the identity that it might have.
    package var isDenied = false
    /// The name of the pod, or the start of the name that will be generated.
    package let podName: String
    package let serviceAccount: NamespacedName?

    private let apiVersion: String

    init(
        _ review: AdmissionReview,
        pod: PodView? = nil,
        serviceAccount: NamespacedName? = nil,
        _ result: MutationResult
    ) {
        apiVersion = review.apiVersion
        uid = review.uid
        namespace = review.namespace
        isDryRun = review.isDryRun
        self.result = result
        podName = pod?.name ?? ""
        self.serviceAccount = pod?.serviceAccount ?? serviceAccount
    }

    package var outcome: Outcome {
        if isDenied { return .denied }
        return result.patch.isEmpty ? .unchanged : .mutated
    }

    /// The warnings in the form in which they are sent.
    package var warnings: [String] { AdmissionWarnings.limited(result.warnings) }

    /// The AdmissionReview to send back, as JSON.
    package var body: [UInt8] {
        let patch = result.patch
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

    /// Writes what the API server answers its client with (meta/v1 Status), so that the client tries again.
    private func writeStatus(_ response: inout JSONWriter) {
        response.key("status")
        response.object { status in
            status.member("code", 503)
            status.member("reason", "ServiceUnavailable")
            status.member("message", warnings.first ?? result.reason.rawValue)
        }
    }

    /// Writes annotations whose keys the API server prefixes with the name of the webhook.
    ///
    /// The API server may call again about a pod that another webhook has changed, and then refuses a value that differs from
    /// the first. So a pod that has its identity is reported like one that is just given it.
    private func writeAuditAnnotations(_ annotations: inout JSONWriter) {
        let isMutated = result.concernsContainers && !isDenied
        let reason = isMutated && result.reason == .alreadyInjected ? .injected : result.reason
        annotations.member("outcome", (isMutated ? .mutated : outcome).rawValue)
        annotations.member("reason", reason.rawValue)
        if let role = result.identity { annotations.member("role", role) }
        if let method = result.method { annotations.member("method", method) }
    }
}
