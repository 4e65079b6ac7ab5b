internal import NIOCore
internal import Synchronization

/// A connection's entry among the others of its server.
package final class HTTPConnectionRegistration: Sendable {
    let channel: any Channel
    let address: PeerAddress
    private let connections: HTTPConnections
    /// Written by the connection's event loop for each request, and seldom read by others.
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

/// What a connection does, as far as others of its server need to know.
struct HTTPConnectionStatus {
    enum Activity: UInt64 { case arriving, idle, receivingBody, answering, sending }

    let activity: Activity
    /// Whether a request of this connection has been answered.
    let isEstablished: Bool
    /// When the activity began.
    let since: NIODeadline
}

extension HTTPConnectionStatus {
    /// The activity in the lowest three bits, `isEstablished` in the next, and the time above them.
    var encoded: UInt64 { since.uptimeNanoseconds << 4 | (isEstablished ? 8 : 0) | activity.rawValue }

    init(encoded: UInt64) {
        activity = Activity(rawValue: encoded & 7) ?? .arriving
        isEstablished = encoded & 8 != 0
        since = .uptimeNanoseconds(encoded >> 4)
    }
}

/// Fired into a connection that has to make room for others.
enum HTTPConnectionEviction: Sendable {
    /// Another connection takes its place, unless a request has come in the meantime, which then is its last.
    case forConnection
    /// A connection of another client takes its place, even while it is being answered.
    case forConnectionOfOtherClient
    /// Others need the memory of the body that it receives, or of the response that its client does not take.
    case forMemory
}

/// Fired into a connection that is to end.
enum HTTPConnectionShutdown: Sendable {
    /// The next response tells the client that it is the last, so that the client sends no further request into a
    /// connection that is just being closed.
    case withNextResponse
    /// The connection ends as soon as the request under way, if any, is answered.
    case now
}
