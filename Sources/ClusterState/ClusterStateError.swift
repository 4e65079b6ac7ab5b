package import ServiceSupport

/// Why a part of the cluster's state cannot be read.
package enum ClusterStateError: Error, Equatable, CustomStringConvertible {
    case file(FileError)
    /// The configuration of a provider cannot be used.
    case configuration(place: String, reason: String)
    /// A manifest is invalid.
    case manifest(String)

    package var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .configuration(let place, let reason): "\(place) cannot be used: \(reason)"
        case .manifest(let reason): reason
        }
    }
}
