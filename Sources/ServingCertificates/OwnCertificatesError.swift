/// What keeps the webhook's own certificates from being looked after. The text is for the operator.
enum OwnCertificatesError: Error, Equatable, CustomStringConvertible {
    /// The Secret of this namespace and name cannot be changed.
    case immutableSecret(String)
    /// No end of changes.
    case contended

    var description: String {
        switch self {
        case .immutableSecret(let name):
            "the Secret \(name) is marked immutable, so that its CAs cannot be renewed: delete it, and a new one is made"
        case .contended: "the Secret or the registration is changed again and again by others"
        }
    }
}
