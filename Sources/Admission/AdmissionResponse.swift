internal import JSON
package import KubernetesObjects
package import PodIdentity

/// The response to a review, with what is logged about it. It is a class, because copying so many texts would take longer
/// than writing the response does.
package final class AdmissionResponse {
    /// The outcome of a request, for logs, metrics and audit annotations.
    package enum Outcome: String, Sendable {
        case mutated
        case unchanged
        /// The pod was denied: by a provider, or in strict mode because its identity could not be determined.
        case denied
        /// The request was answered with an HTTP status other than 200.
        case refused
    }

    package let uid: String
    package let namespace: String
    package let isDryRun: Bool
    package let result: MutationResult
    /// Why the pod must not be created; nil if it may be.
    package private(set) var denial: Denial?
    /// The name of the pod, or the prefix of the name that will be generated.
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
        denial = result.denial
        podName = pod?.name ?? ""
        self.serviceAccount = pod?.serviceAccount ?? serviceAccount
    }

    private var isDenied: Bool { denial != nil }

    /// Denies the pod if it might have an identity that could not be determined, so that its client tries again.
    package func denyIfUnavailable() {
        guard denial == nil, let part = result.parts.first(where: { $0.reason.isUnavailable }) else { return }
        let message = AdmissionWarnings.limited(part.warnings).first ?? part.reason.rawValue
        denial = Denial(code: 503, part.reason, message)
    }

    /// Why the request is answered as it is: the reason for the denial, or the worst reason that applies to the pod.
    package var reason: Reason { denial?.reason ?? result.reason }

    package var outcome: Outcome {
        if isDenied { return .denied }
        return result.patch.isEmpty ? .unchanged : .mutated
    }

    /// The warnings as they are sent.
    package var warnings: [String] { AdmissionWarnings.limited(result.warnings) }

    /// The AdmissionReview to send back, as JSON.
    package var body: [UInt8] {
        let patch = isDenied ? JSONPatch() : result.patch
        var writer = JSONWriter(reservingCapacity: 768 + Base64.encodedCount(patch.byteCount))
        writer.object { review in
            review.raw(#""kind":"AdmissionReview""#)
            review.member("apiVersion", apiVersion)
            review.key("response")
            review.object { response in
                response.member("uid", uid)
                response.raw(isDenied ? #""allowed":false"# : #""allowed":true"#)
                if let denial { Self.write(denial, to: &response) }
                if !patch.isEmpty {
                    response.raw(#""patchType":"JSONPatch""#)
                    response.key("patch")
                    response.base64(patch.bytes)
                }
                if !result.warnings.isEmpty {
                    response.key("warnings")
                    response.array { array in warnings.forEach { array.string($0) } }
                }
                response.key("auditAnnotations")
                response.object(writeAuditAnnotations)
            }
        }
        return writer.bytes
    }

    /// Writes the status that the API server returns to its client (meta/v1 Status).
    private static func write(_ denial: Denial, to response: inout JSONWriter) {
        response.key("status")
        response.object { status in
            status.member("code", denial.code)
            status.member("reason", statusReasons[denial.code] ?? "Invalid")
            status.member("message", denial.message.cut(to: maximumMessage))
        }
    }

    /// The maximum length of a denial's message in bytes; longer ones are cut.
    static let maximumMessage = 4096

    /// The reasons that correspond to statuses (apimachinery, StatusReason).
    private static let statusReasons = [
        400: "BadRequest", 403: "Forbidden", 422: "Invalid", 500: "InternalError", 503: "ServiceUnavailable",
    ]

    /// Writes annotations. The API server adds the name of the webhook to their keys as a prefix.
    ///
    /// The API server may call again about a pod that another webhook has changed, and then rejects a value that
    /// differs from the first one. So a pod that already has its identity is reported like one that is just being given
    /// it, and the same applies to each of its identities.
    private func writeAuditAnnotations(_ annotations: inout JSONWriter) {
        let isMutated = result.concernsContainers && !isDenied
        let isOneOfSeveral = result.parts.count > 1
        annotations.member("outcome", (isMutated ? .mutated : outcome).rawValue)
        annotations.member("reason", reported(reason, isMutated: isMutated).rawValue)
        // Copying whole parts would count references to each of their texts.
        for index in result.parts.indices.prefix(Self.maximumParts) {
            if isOneOfSeveral, let key = result.parts[index].auditKeys.reasonForAudit {
                let isMutated = result.parts[index].concernsContainers && !isDenied
                annotations.member(escaping: key, reported(result.parts[index].reason, isMutated: isMutated).rawValue)
            }
            if let identity = result.parts[index].identity, let key = result.parts[index].auditKeys.identityForAudit {
                annotations.member(escaping: key, identity.cut(to: Annotations.maximumValue))
            }
            if let method = result.parts[index].method, let key = result.parts[index].auditKeys.methodForAudit {
                annotations.member(escaping: key, method.cut(to: Self.maximumMethod))
            }
        }
    }

    /// The maximum number of clouds that are reported.
    static let maximumParts = 64
    /// The maximum length of a method's name in bytes; longer ones are cut.
    static let maximumMethod = 100

    private func reported(_ reason: Reason, isMutated: Bool) -> Reason {
        isMutated && reason == .alreadyInjected ? .injected : reason
    }
}
