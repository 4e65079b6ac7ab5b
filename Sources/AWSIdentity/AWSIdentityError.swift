/// What keeps a text from being used at all.
package enum AWSIdentityError: Error, Equatable, CustomStringConvertible {
    /// It has another shape; the text says where, and what belongs there.
    case malformed(String)
    /// The answer of an instance metadata service that says nothing usable.
    case instanceIdentity(String)

    package var description: String {
        switch self {
        case .malformed(let reason): reason
        case .instanceIdentity(let reason): "the instance identity document cannot be used: \(reason)"
        }
    }
}
