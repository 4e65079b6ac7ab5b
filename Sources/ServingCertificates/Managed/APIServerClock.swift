internal import KubernetesObjects

/// The clock of the API server, according to the `Date` of its responses. The API server is what verifies the
/// certificates, and all replicas share its clock. The node's own clock is used only until the first response.
struct APIServerClock: Sendable {
    /// In seconds. If the node's clock is off by more, a warning is logged.
    static let tolerance: Int64 = 60

    /// The time in the last response, and the uptime when it arrived.
    private var last: (time: Int64, uptime: Int64)?

    /// - Parameter time: The date of a response; nil if it has none.
    mutating func synchronize(to time: Int64?, uptime: Int64) {
        if let time { last = (time, uptime) }
    }

    /// - Parameters:
    ///   - uptime: Seconds of a monotonic clock.
    ///   - local: The node's clock, in seconds since 1970-01-01T00:00:00Z.
    func now(uptime: Int64, local: Int64) -> ManagedCertificatesStateMachine.Moment {
        let time = last.map { $0.time + uptime - $0.uptime } ?? local
        return ManagedCertificatesStateMachine.Moment(time: time, uptime: uptime)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The value of a `Date` header field in seconds since 1970-01-01T00:00:00Z. Senders must use IMF-fixdate (RFC 9110,
    /// section 5.6.7); the result is nil for any other format.
    static func seconds(ofDate text: String) -> Int64? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard text.utf8.count == 29, parts.count == 6, parts[5] == "GMT",
            let month = months.firstIndex(where: { $0 == parts[2] })
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")?.seconds
    }
}
