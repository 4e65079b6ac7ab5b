internal import NIOCore

/// Determines how long a connection may stay in a phase. A timer is set only when a phase outlasts a read, so that a
/// request that arrives in one piece needs none.
struct HTTPConnectionClock {
    typealias Phase = HTTPConnectionStateMachine.Phase

    enum Timer: Equatable {
        case keep
        case cancel
        /// Replaces the running timer, if any.
        case set(NIODeadline)
    }

    enum Verdict: Equatable {
        case wait(until: NIODeadline)
        case tooLong(HTTPLimit?)
    }

    private struct Timed: Equatable {
        let phase: Phase
        /// The number of the request; 0 for an idle phase, which is not interrupted by requests that arrive in one
        /// read.
        let request: Int
        /// In the idle phase: a part of a TLS record has arrived, which may turn out to be a request.
        let isWithinRecord: Bool
    }

    private let deadlines: HTTPDeadlines
    /// What the timer is set for.
    private var timed: Timed?
    private var idleSince = NIODeadline.distantPast
    /// When the last request began.
    private var requestBegan = NIODeadline.distantPast
    /// The number of the request that `requestBegan` refers to.
    private var clockedRequests = 0

    init(_ deadlines: HTTPDeadlines) { self.deadlines = deadlines }

    /// Must be called after every event that may have changed the phase.
    ///
    /// - Parameters:
    ///   - request: The number of requests that have begun.
    ///   - isWithinRecord: Matters only in the idle phase.
    ///   - now: Evaluated only if something has changed.
    /// - Returns: Nil if nothing has changed; otherwise the time of the change, and what to do with the timer.
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
        // Records that do not turn out to be a request do not extend the idle phase.
        if phase == .idle, isNewRequest || timed?.phase != .idle { idleSince = now }
        guard wanted != timed else { return (now, .keep) }
        timed = wanted
        return (now, deadline(of: wanted, now).map { .set($0) } ?? .cancel)
    }

    private func deadline(of timed: Timed, _ now: NIODeadline) -> NIODeadline? {
        let request = requestBegan + deadlines.request
        switch timed.phase {
        // TLS has its own, earlier deadline for the handshake.
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

    /// Must be called when the timer fires. Requests come and go without changing the timer of the idle phase, so it
    /// may have to be set again.
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
