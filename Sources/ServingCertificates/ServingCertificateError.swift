package import ServiceSupport

/// Why a certificate cannot be served with. The text is for the operator.
package enum ServingCertificateError: Error, Equatable, CustomStringConvertible {
    case file(FileError)
    /// The certificate, its key, or the pair of them.
    case unusable(reason: String)

    package var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .unusable(let reason): "the serving certificate cannot be used: \(reason)"
        }
    }
}
