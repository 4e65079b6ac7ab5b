/// Why a text cannot be used at all.
package enum AWSIdentityError: Error, Equatable, CustomStringConvertible {
    /// The text does not have the right form; the reason says where, and what is expected there.
    case malformed(String)
    /// The instance metadata service returned something unusable.
    case instanceIdentity(String)

    package var description: String {
        switch self {
        case .malformed(let reason): reason
        case .instanceIdentity(let reason): "the instance identity document cannot be used: \(reason)"
        }
    }
}
