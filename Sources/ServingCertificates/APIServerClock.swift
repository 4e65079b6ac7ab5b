internal import Kubernetes
internal import KubernetesObjects

/// The clock of the API server, as its answers tell it: the API server verifies the certificates, and all replicas have it
/// in common. A node's own clock counts only until the first answer.
struct APIServerClock: Sendable {
    /// A node's clock that differs by more, in seconds, is worth a word.
    static let tolerance: Int64 = 60

    /// What an answer said last, and the uptime at which it did.
    private var last: (time: Int64, uptime: Int64)?

    /// - Parameter time: What an answer says; nil if it says nothing.
    mutating func hear(_ time: Int64?, uptime: Int64) {
        if let time { last = (time, uptime) }
    }

    /// - Parameters:
    ///   - uptime: Seconds that go on while the API server cannot be reached, and never jump.
    ///   - local: The node's clock, in seconds since 1970-01-01T00:00:00Z.
    func now(uptime: Int64, local: Int64) -> OwnCertificatesStateMachine.Moment {
        let time = last.map { $0.time + uptime - $0.uptime } ?? local
        return OwnCertificatesStateMachine.Moment(time: time, uptime: uptime)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The seconds since 1970-01-01T00:00:00Z of a `Date` field: an IMF-fixdate (RFC 9110, 5.6.7), the only form that may be
    /// sent. Nil for other texts.
    static func seconds(ofDate text: String) -> Int64? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard text.utf8.count == 29, parts.count == 6, parts[5] == "GMT",
            let month = months.firstIndex(where: { $0 == parts[2] })
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")?.seconds
    }
}
