package import ServiceSupport

/// What of the cluster's state cannot be read. The text is for the operator: what, where, and what to do.
package enum ClusterStateError: Error, Equatable, CustomStringConvertible {
    case file(FileError)
    /// The text of a provider's configuration cannot be used.
    case configuration(place: String, reason: String)
    /// A manifest does not say what it should.
    case manifest(String)

    package var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .configuration(let place, let reason): "\(place) cannot be used: \(reason)"
        case .manifest(let reason): reason
        }
    }
}
