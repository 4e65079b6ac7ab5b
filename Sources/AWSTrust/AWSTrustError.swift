/// Why something cannot be used.
package enum AWSTrustError: Error, Equatable, CustomStringConvertible {
    /// A policy that IAM would not take. The place is a path of names in it, empty for the whole.
    case policy(place: String, reason: String)
    /// A text that is neither a policy nor what the AWS CLI prints about roles.
    case document(String)
    /// A URL that IAM takes for no issuer.
    case issuer(String)

    package var description: String {
        switch self {
        case .policy(let place, let reason): place.isEmpty ? reason : "\(place) \(reason)"
        case .document(let reason), .issuer(let reason): reason
        }
    }
}
