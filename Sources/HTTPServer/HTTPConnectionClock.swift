internal import NIOCore

/// How long a connection may go on with what it does. A timer is only wanted when a phase outlasts a read, so that a
/// request that comes in one piece costs none.
struct HTTPConnectionClock {
    typealias Phase = HTTPConnectionStateMachine.Phase

    enum Timer: Equatable {
        case keep
        case cancel
        /// In the place of the one that runs.
        case set(NIODeadline)
    }

    enum Verdict: Equatable {
        case wait(until: NIODeadline)
        case tooLong(HTTPLimit?)
    }

    private struct Timed: Equatable {
        let phase: Phase
        /// Of the phases but idle, each request has its own.
        let request: Int
        /// In the idle phase: a part of a TLS record has come, which may become a request.
        let isWithinRecord: Bool
    }

    private let deadlines: HTTPDeadlines
    /// What the timer runs for.
    private var timed: Timed?
    private var idleSince = NIODeadline.distantPast
    /// Of the last request.
    private var requestBegan = NIODeadline.distantPast
    /// The number of requests of which `requestBegan` knows.
    private var clockedRequests = 0

    init(_ deadlines: HTTPDeadlines) { self.deadlines = deadlines }

    /// To be called after whatever may have changed the phase.
    ///
    /// - Parameters:
    ///   - request: the number of requests begun.
    ///   - isWithinRecord: counts while no request is under way.
    ///   - now: only asked for if something has changed.
    /// - Returns: nil if nothing has; else since when it is so, and what is to be done with the timer.
    mutating func entered(
        _ phase: Phase,
        request: Int,
        isWithinRecord: Bool,
        now: () -> NIODeadline
    ) -> (since: NIODeadline, timer: Timer)? {
        let wanted =
            phase == .idle
            ? Timed(phase: phase, request: isWithinRecord ? request : 0, isWithinRecord: isWithinRecord)
            : Timed(phase: phase, request: request, isWithinRecord: false)
        let isNewRequest = request != clockedRequests
        guard wanted != timed || isNewRequest else { return nil }
        let now = now()
        if isNewRequest {
            clockedRequests = request
            requestBegan = now
        }
        // What comes and is no request does not put off the end of the idle phase.
        if phase == .idle, isNewRequest || timed?.phase != .idle { idleSince = now }
        guard wanted != timed else { return (now, .keep) }
        timed = wanted
        return (now, deadline(of: wanted, now).map { .set($0) } ?? .cancel)
    }

    private func deadline(of timed: Timed, _ now: NIODeadline) -> NIODeadline? {
        let request = requestBegan + deadlines.request
        switch timed.phase {
        case .idle:
            let idle = idleSince + deadlines.idle
            return timed.isWithinRecord ? min(now + deadlines.head, idle) : idle
        case .head: return min(now + deadlines.head, request)
        case .body: return min(now + deadlines.body, request)
        case .response: return min(now + deadlines.response, request)
        case .lingering: return now + deadlines.lingering
        case .closed: return nil
        }
    }

    /// The timer ran out. Requests come and go without touching the timer of the idle phase, which asks here how long it
    /// has been.
    mutating func fired(_ phase: Phase, now: NIODeadline) -> Verdict {
        let isWithinRecord = timed?.isWithinRecord ?? false
        let idle = idleSince + deadlines.idle
        if timed?.phase == .idle, !isWithinRecord, idle > now { return .wait(until: idle) }
        timed = nil
        let isRequestOver = requestBegan + deadlines.request <= now
        switch phase {
        case .idle: return .tooLong(isWithinRecord && idle > now ? .head : .idle)
        case .head: return .tooLong(isRequestOver ? .request : .head)
        case .body: return .tooLong(isRequestOver ? .request : .body)
        case .response: return .tooLong(isRequestOver ? .request : .response)
        case .lingering, .closed: return .tooLong(nil)
        }
    }

    /// What it did so far is over: the handshake.
    mutating func restart() { timed = nil }
}
