internal import NIOCore
internal import Synchronization

/// A connection's entry in its server's list.
package final class HTTPConnectionRegistration: Sendable {
    let channel: any Channel
    let address: PeerAddress
    private let connections: HTTPConnections
    /// Written by the connection's event loop for each request, and rarely read by others.
    private let encodedStatus: Atomic<UInt64>

    init(_ channel: any Channel, _ connections: HTTPConnections, now: NIODeadline) {
        self.channel = channel
        address = PeerAddress(channel.remoteAddress)
        self.connections = connections
        let status = HTTPConnectionStatus(activity: .arriving, isEstablished: false, since: now)
        encodedStatus = Atomic(status.encoded)
    }

    var id: ObjectIdentifier { ObjectIdentifier(self) }

    var status: HTTPConnectionStatus { HTTPConnectionStatus(encoded: encodedStatus.load(ordering: .relaxed)) }

    func update(_ status: HTTPConnectionStatus) { encodedStatus.store(status.encoded, ordering: .relaxed) }

    func reserve(_ bytes: Int) -> Bool { connections.reserve(bytes, for: self) }

    func release() { connections.release(self) }

    func limitReached(_ limit: HTTPLimit) { connections.limitReached(limit) }
}

/// What a connection is doing, as far as other connections of its server need to know.
struct HTTPConnectionStatus {
    enum Activity: UInt64 { case arriving, idle, receivingBody, answering, sending }

    let activity: Activity
    /// Whether a request of this connection has been answered.
    let isEstablished: Bool
    /// When the activity began.
    let since: NIODeadline
}

extension HTTPConnectionStatus {
    /// The activity in the lowest three bits, `isEstablished` in the next bit, and the time above them.
    var encoded: UInt64 { since.uptimeNanoseconds << 4 | (isEstablished ? 8 : 0) | activity.rawValue }

    init(encoded: UInt64) {
        activity = Activity(rawValue: encoded & 7) ?? .arriving
        isEstablished = encoded & 8 != 0
        since = .uptimeNanoseconds(encoded >> 4)
    }
}

/// Fired into a connection that must make room for others.
enum HTTPConnectionEviction: Sendable {
    /// Another connection replaces it, unless a request has arrived in the meantime, which is then its last.
    case forConnection
    /// A connection of another client replaces it, even while it is being answered.
    case forConnectionOfOtherClient
    /// Others need the memory of the body that it is receiving, or of the response that its client is not reading.
    case forMemory
}

/// Fired into a connection that must end.
enum HTTPConnectionShutdown: Sendable {
    /// The next response tells the client that it is the last one, so that the client does not send another request
    /// into a connection that is being closed.
    case withNextResponse
    /// The connection ends as soon as the request in progress, if any, has been answered.
    case now
}
