internal import HTTPClient

/// Why STS did not create a session.
package enum STSError: Error, Equatable, Sendable, CustomStringConvertible {
    /// STS refused. The words are AWS' own: a code for programs, and a message that distinguishes causes of the same
    /// code.
    case refused(status: Int, code: String, message: String)
    /// STS cannot be reached from here, or does not answer.
    case unavailable(endpoint: String, reason: String)
    /// The response is not from STS.
    case malformedAnswer(endpoint: String, reason: String)

    package var description: String {
        switch self {
        case .refused(let status, let code, let message):
            code.isEmpty ? "STS answered with the status \(status)" : "\(code): \(message)"
        case .unavailable(let endpoint, let reason): "STS at \(endpoint) cannot be reached: \(reason)"
        case .malformedAnswer(let endpoint, let reason): "the answer from \(endpoint) is not from STS: \(reason)"
        }
    }

    /// Whether the same request may succeed later: STS was called too often, is not healthy, or did not get the
    /// issuer's keys.
    package var isTemporary: Bool {
        guard case .refused(let status, let code, _) = self else { return false }
        if isOfIssuer { return true }
        let isThrottling = code.hasPrefix("Throttl") || code == "RequestLimitExceeded" || code == "SlowDown"
        return isThrottling || status == 429 || status >= 500
    }

    /// Whether STS did not get the keys of the token's issuer, which it requests each time (STS API reference,
    /// `AssumeRoleWithWebIdentity`, "Errors"). Its words are the same if the token's key is not among them.
    package var isOfIssuer: Bool {
        guard case .refused(_, let code, let message) = self else { return false }
        let isKeyMissing = code == "InvalidIdentityToken" && message.lowercased().contains("verification key")
        return isKeyMissing || code == "IDPCommunicationError"
    }
}
