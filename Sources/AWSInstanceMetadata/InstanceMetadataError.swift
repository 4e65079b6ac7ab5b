/// Why nothing is known about the machine.
package enum InstanceMetadataError: Error, Equatable, CustomStringConvertible {
    /// An environment variable cannot be used.
    case configuration(variable: String, reason: String)
    /// The machine has no instance metadata service, or it does not answer.
    case unavailable(endpoint: String, reason: String)
    /// The service responded with a status other than 2xx.
    case refused(endpoint: String, status: Int)
    /// The service's response is not as it should be.
    case malformedAnswer(endpoint: String, reason: String)

    package var description: String {
        switch self {
        case .configuration(let variable, let reason): "instance metadata: \(variable) \(reason)"
        case .unavailable(let endpoint, let reason):
            "no instance metadata at \(endpoint): \(reason) (for pods, the hop limit of the instance must be 2 or more)"
        case .refused(let endpoint, let status):
            "the instance metadata service at \(endpoint) refused: HTTP status \(status)"
        case .malformedAnswer(let endpoint, let reason):
            "unexpected answer from the instance metadata service at \(endpoint): \(reason)"
        }
    }
}
