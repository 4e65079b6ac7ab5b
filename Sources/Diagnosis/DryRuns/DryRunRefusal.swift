internal import Kubernetes

/// Why the API server rejected a pod, according to its message (k8s.io/apiserver, admission/plugin/webhook).
enum DryRunRefusal: Equatable {
    /// The API server could not call the webhook of this name.
    case webhookFailed(String)
    /// The webhook of this name denied the pod.
    case webhookDenied(String)
    /// The webhook of this name has side effects, so that it cannot be called for a dry run.
    case dryRunUnsupported(String)
    /// The user who runs `doctor` may not create pods.
    case notAllowed
    /// Anything else: a quota, a limit, a built-in policy, an invalid object.
    case other

    init(_ status: APIStatus) {
        let text = status.message ?? ""
        if let name = Self.name(in: text, after: "failed calling webhook \"") {
            self = .webhookFailed(name)
        } else if let name = Self.name(in: text, after: "admission webhook \"") {
            self = text.contains("does not support dry run") ? .dryRunUnsupported(name) : .webhookDenied(name)
        } else {
            self = status.code == 403 && text.contains("cannot create resource") ? .notAllowed : .other
        }
    }

    private static func name(in text: String, after words: String) -> String? {
        text.firstRange(of: words).map { String(text[$0.upperBound...].prefix { $0 != "\"" }) }
    }
}
