internal import NIOCore

/// How long a connection may stay in a phase. A timer is only set when a phase outlasts a read, so that a request that comes
/// in one piece costs none.
struct HTTPConnectionClock {
    typealias Phase = HTTPConnectionStateMachine.Phase

    enum Timer: Equatable {
        case keep
        case cancel
        /// Replaces the timer that runs, if any.
        case set(NIODeadline)
    }

    enum Verdict: Equatable {
        case wait(until: NIODeadline)
        case tooLong(HTTPLimit?)
    }

    private struct Timed: Equatable {
        let phase: Phase
        /// Which request it is; 0 for an idle phase, which requests that come in one read do not interrupt.
        let request: Int
        /// In the idle phase: a part of a TLS record has come, which may become a request.
        let isWithinRecord: Bool
    }

    private let deadlines: HTTPDeadlines
    /// What the timer runs for.
    private var timed: Timed?
    private var idleSince = NIODeadline.distantPast
    /// When the last request began.
    private var requestBegan = NIODeadline.distantPast
    /// The number of the request that `requestBegan` is about.
    private var clockedRequests = 0

    init(_ deadlines: HTTPDeadlines) { self.deadlines = deadlines }

    /// To be called after whatever may have changed the phase.
    ///
    /// - Parameters:
    ///   - request: the number of requests begun.
    ///   - isWithinRecord: only counts in the idle phase.
    ///   - now: only asked for if something has changed.
    /// - Returns: nil if nothing has changed; else since when it is so, and what to do with the timer.
    mutating func entered(
        _ phase: Phase,
        request: Int,
        isWithinRecord: Bool,
        now: () -> NIODeadline
    ) -> (since: NIODeadline, timer: Timer)? {
        let isWithinRecord = isWithinRecord && phase == .idle
        let number = phase == .idle && !isWithinRecord ? 0 : request
        let wanted = Timed(phase: phase, request: number, isWithinRecord: isWithinRecord)
        let isNewRequest = request != clockedRequests
        guard wanted != timed || isNewRequest else { return nil }
        let now = now()
        if isNewRequest {
            clockedRequests = request
            requestBegan = now
        }
        // Records that do not become a request do not put off the end of the idle phase.
        if phase == .idle, isNewRequest || timed?.phase != .idle { idleSince = now }
        guard wanted != timed else { return (now, .keep) }
        timed = wanted
        return (now, deadline(of: wanted, now).map { .set($0) } ?? .cancel)
    }

    private func deadline(of timed: Timed, _ now: NIODeadline) -> NIODeadline? {
        let request = requestBegan + deadlines.request
        switch timed.phase {
        // TLS ends a handshake earlier, by a deadline of its own.
        case .handshake: return now + deadlines.idle
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

    /// The timer ran out. Requests come and go without touching the timer of the idle phase, so that it may have to wait
    /// on.
    mutating func fired(_ phase: Phase, now: NIODeadline) -> Verdict {
        let isWithinRecord = timed?.isWithinRecord ?? false
        let idle = idleSince + deadlines.idle
        if timed?.phase == .idle, !isWithinRecord, idle > now { return .wait(until: idle) }
        timed = nil
        let isRequestOver = requestBegan + deadlines.request <= now
        switch phase {
        case .handshake: return .tooLong(.idle)
        case .idle: return .tooLong(isWithinRecord && idle > now ? .head : .idle)
        case .head: return .tooLong(isRequestOver ? .request : .head)
        case .body: return .tooLong(isRequestOver ? .request : .body)
        case .response: return .tooLong(isRequestOver ? .request : .response)
        case .lingering, .closed: return .tooLong(nil)
        }
    }
}
