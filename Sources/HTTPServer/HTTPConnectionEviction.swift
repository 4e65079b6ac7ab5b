internal import NIOCore

/// Which of the open connections has to go for a new one.
///
/// - Of those that never had a request answered, as long as they are more than their share; then of those that had one
///   and are waiting for the next; and of those whose requests are being answered only if there are no others.
/// - Of these, one of the client that has most of them, so that who opens many loses its own.
struct HTTPConnectionEviction {
    /// In the order in which they are dispensable.
    enum Standing: Int, CaseIterable {
        /// No request was answered yet.
        case newcomer
        case established
        /// A request is being answered.
        case answering
    }

    struct Connection {
        /// The number of its address.
        let peer: Int
        /// Greater for those that were accepted later.
        let number: UInt64
        let activity: HTTPConnectionSlot.Activity
        let isEstablished: Bool
        /// When the activity began.
        let since: NIODeadline

        var standing: Standing { activity == .answering ? .answering : isEstablished ? .established : .newcomer }
    }

    private let connections: [Connection]
    /// How many connections of each standing each peer has.
    private var tallies: [[Int]]
    private var totals = [Int](repeating: 0, count: Standing.allCases.count)

    /// - Parameter peers: above all numbers of addresses.
    init(_ connections: [Connection], peers: Int) {
        self.connections = connections
        let none = [Int](repeating: 0, count: peers)
        tallies = Standing.allCases.map { _ in none }
        for connection in connections {
            tallies[connection.standing.rawValue][connection.peer] += 1
            totals[connection.standing.rawValue] += 1
        }
    }

    /// - Parameters:
    ///   - newPeer: who opens the new connection.
    ///   - share: how many newcomers there may be where established connections take all the rest.
    /// - Returns: the connection's index; nil if the new one has to go.
    func victim(for newPeer: Int, share: Int, now: NIODeadline) -> Int? {
        let newcomers = totals[Standing.newcomer.rawValue]
        if newcomers > 0, newcomers >= share || totals[Standing.established.rawValue] == 0 {
            var tally = tallies[Standing.newcomer.rawValue]
            tally[newPeer] += 1
            return first(of: .newcomer, tally) { $0.number < $1.number }
        }
        if totals[Standing.established.rawValue] > 0 {
            let slow = now - .seconds(1)
            return first(of: .established, tallies[Standing.established.rawValue]) {
                ($0.rank(slow), $0.since) < ($1.rank(slow), $1.since)
            }
        }
        let tally = tallies[Standing.answering.rawValue]
        guard let most = tally.max(), most > tally[newPeer] + 1 else { return nil }
        return first(of: .answering, tally) { $0.since > $1.since }
    }

    private func first(
        of standing: Standing,
        _ tally: [Int],
        _ precedes: (Connection, Connection) -> Bool
    ) -> Int? {
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

extension HTTPConnectionEviction.Connection {
    /// A client that is slow comes first, then idle ones, then one whose request is just coming.
    fileprivate func rank(_ slow: NIODeadline) -> Int { activity == .idle ? 1 : since < slow ? 0 : 2 }
}
