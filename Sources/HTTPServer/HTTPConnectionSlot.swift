internal import NIOCore
internal import Synchronization

/// A connection's place among the others of its server.
package final class HTTPConnectionSlot: Sendable {
    enum Activity: UInt64 { case arriving, idle, receivingBody, answering, sending }

    let channel: any Channel
    let address: PeerAddress
    private let connections: HTTPConnections
    /// Written by the connection's event loop for each request, and seldom read by others: an activity in the lowest three
    /// bits, whether a request has been answered in the next, and above them since when.
    private let current: Atomic<UInt64>

    init(_ channel: any Channel, _ connections: HTTPConnections) {
        self.channel = channel
        address = PeerAddress(channel.remoteAddress)
        self.connections = connections
        current = Atomic(Self.encode(.arriving, isEstablished: false, .now()))
    }

    var id: ObjectIdentifier { ObjectIdentifier(self) }

    private static func encode(_ activity: Activity, isEstablished: Bool, _ since: NIODeadline) -> UInt64 {
        since.uptimeNanoseconds << 4 | (isEstablished ? 8 : 0) | activity.rawValue
    }

    var state: (activity: Activity, since: NIODeadline) {
        let connection = connection(of: 0, number: 0)
        return (connection.activity, connection.since)
    }

    func connection(of peer: Int, number: UInt64) -> HTTPConnectionEviction.Connection {
        let value = current.load(ordering: .relaxed)
        return HTTPConnectionEviction.Connection(
            peer: peer,
            number: number,
            activity: Activity(rawValue: value & 7) ?? .arriving,
            isEstablished: value & 8 != 0,
            since: .uptimeNanoseconds(value >> 4)
        )
    }

    /// - Parameter isEstablished: whether a request of this connection has been answered.
    func note(_ activity: Activity, isEstablished: Bool, since: NIODeadline) {
        current.store(Self.encode(activity, isEstablished: isEstablished, since), ordering: .relaxed)
    }

    func reserve(_ bytes: Int) -> Bool { connections.reserve(bytes, for: self) }

    func release() { connections.release(self) }

    func reached(_ limit: HTTPLimit) { connections.reached(limit) }
}

/// Fired into a connection that has to go.
package enum HTTPConnectionExpelled: Sendable {
    /// Unless it is being answered by now, which then is its last answer.
    case forConnection
    /// Even if it is being answered: its client has more than its part of them.
    case forOthersWhileAnswering
    /// Of the body that it sends, or of the answer that it does not take.
    case forMemory
}

/// Fired into a connection that is to end.
package enum HTTPConnectionShutdown: Sendable {
    /// Which tells the client, so that it sends no further request into a connection that is closed at that moment.
    case withNextAnswer
    /// As soon as the request under way, if any, is answered.
    case now
}
