package import ServiceSupport

/// Why there is no serving certificate, or why it cannot be renewed. The text is for the operator.
package enum ServingCertificateError: Error, Equatable, CustomStringConvertible {
    case file(FileError)
    /// The certificate or its key is unusable, or they do not belong together.
    case unusable(reason: String)
    /// The Secret (`namespace/name`) cannot be changed.
    case immutableSecret(String)
    /// Others change the Secret or the MutatingWebhookConfiguration faster than it can be written.
    case contended

    package var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .unusable(let reason): "the serving certificate cannot be used: \(reason)"
        case .immutableSecret(let name):
            "the Secret \(name) is immutable, so its CAs cannot be renewed: delete it, and the webhook creates a new one"
        case .contended: "other clients keep changing the Secret or the MutatingWebhookConfiguration"
        }
    }
}
