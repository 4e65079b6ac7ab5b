internal import NIOCore

/// Determines which of the open connections is closed for a new one:
///
/// - one that has not had a request answered yet, as long as there are more of those than their share; otherwise an
///   established one that is waiting for a request or receiving one; one whose request is being answered only if there
///   are no others;
/// - among these, one of the client that has the most of them, so that clients that open many connections lose their
///   own.
struct HTTPEvictionPolicy {
    /// From the most to the least dispensable.
    enum Standing: Int, CaseIterable {
        /// No request has been answered yet.
        case newcomer
        case established
        /// A request is being answered.
        case answering
    }

    struct Connection {
        /// The number of the client's address.
        let peer: Int
        /// Greater for connections that were accepted later.
        let number: UInt64
        let status: HTTPConnectionStatus

        var standing: Standing {
            status.activity == .answering ? .answering : status.isEstablished ? .established : .newcomer
        }
    }

    private let connections: [Connection]
    /// The number of connections of each standing for each peer.
    private var tallies: [[Int]]

    /// - Parameter peers: Greater than all numbers of addresses.
    init(_ connections: [Connection], peers: Int) {
        self.connections = connections
        let none = [Int](repeating: 0, count: peers)
        tallies = Standing.allCases.map { _ in none }
        for connection in connections { tallies[connection.standing.rawValue][connection.peer] += 1 }
    }

    /// - Parameters:
    ///   - newPeer: The client that opens the new connection.
    ///   - share: The number of newcomers that there may be if established connections take up all the rest.
    /// - Returns: The connection's index; nil if the new one must be closed instead.
    func evictionCandidate(for newPeer: Int, share: Int, now: NIODeadline) -> Int? {
        let established = tallies[Standing.established.rawValue]
        let hasEstablished = established.contains { $0 > 0 }
        var tally = tallies[Standing.newcomer.rawValue]
        let newcomers = tally.reduce(0, +)
        if newcomers > 0, newcomers >= share || !hasEstablished {
            tally[newPeer] += 1
            return first(of: .newcomer, tally) { $0.number < $1.number }
        }
        if hasEstablished {
            let slow = now - .seconds(1)
            return first(of: .established, established) {
                ($0.status.rank(slow), $0.status.since) < ($1.status.rank(slow), $1.status.since)
            }
        }
        tally = tallies[Standing.answering.rawValue]
        guard let most = tally.max(), most > tally[newPeer] + 1 else { return nil }
        return first(of: .answering, tally) { $0.status.since > $1.status.since }
    }

    private func first(of standing: Standing, _ tally: [Int], _ precedes: (Connection, Connection) -> Bool) -> Int? {
        let most = tally.max() ?? 0
        var best: Int?
        for (index, connection) in connections.enumerated()
        where connection.standing == standing && tally[connection.peer] == most {
            if let best, !precedes(connection, connections[best]) { continue }
            best = index
        }
        return best
    }
}

extension HTTPConnectionStatus {
    /// A connection whose client is slow comes first, then idle ones, then those that are just receiving a request.
    fileprivate func rank(_ slow: NIODeadline) -> Int { activity == .idle ? 1 : since < slow ? 0 : 2 }
}
