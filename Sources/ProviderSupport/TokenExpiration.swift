internal import GoSyntax
package import PodIdentity

/// The lifetime of a projected token in seconds, within the range that Kubernetes accepts for
/// `ServiceAccountTokenProjection.expirationSeconds`.
package struct TokenExpiration: Equatable, Sendable {
    package static let minimum: Int64 = 600
    package static let maximum: Int64 = 1 << 32
    package static let range = minimum...maximum
    package static let rangeText = "\(minimum) to \(maximum)"
    package static let `default` = TokenExpiration(clamping: 86400)

    package let seconds: Int64

    package init(clamping seconds: Int64) { self.seconds = min(max(seconds, Self.minimum), Self.maximum) }

    /// Reads the value of an annotation; nil if it is not a whole number.
    package static func parse(_ text: String, source: String, warnings: inout Warnings) -> TokenExpiration? {
        guard let seconds = GoSyntax.parseInt(text) else {
            warnings.append("\"\(text.abridged)\" is not a whole number of seconds; it is ignored (\(source))")
            return nil
        }
        return clamp(seconds, source: source, warnings: &warnings)
    }

    package static func clamp(_ seconds: Int64, source: String, warnings: inout Warnings) -> TokenExpiration {
        let expiration = TokenExpiration(clamping: seconds)
        if expiration.seconds != seconds {
            let bound = seconds < minimum ? "below the minimum" : "above the maximum"
            warnings.append("\(seconds) seconds is \(bound); \(expiration.seconds) is used (\(source))")
        }
        return expiration
    }
}
