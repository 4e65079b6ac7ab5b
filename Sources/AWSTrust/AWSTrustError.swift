/// Why something cannot be used.
package enum AWSTrustError: Error, Equatable, CustomStringConvertible {
    /// A policy that IAM would not accept. The place is a path of names in it, empty for the whole policy.
    case policy(place: String, reason: String)
    /// A text that is neither a policy nor output of the AWS CLI about roles.
    case document(String)
    /// A URL that IAM does not accept as an issuer.
    case issuer(String)

    package var description: String {
        switch self {
        case .policy(let place, let reason): place.isEmpty ? reason : "\(place) \(reason)"
        case .document(let reason), .issuer(let reason): reason
        }
    }
}
