internal import NIOCore
internal import NIOHTTP1

/// Applies the deadlines for the client.
extension HTTPConnectionStateMachine {
    /// Must be called after every event that may have changed the phase; `HTTPConnectionClock.entered` describes the
    /// rest.
    mutating func phaseChange(
        isWithinRecord: Bool,
        now: () -> NIODeadline
    ) -> (since: NIODeadline, timer: HTTPConnectionClock.Timer)? {
        clock.entered(phase, request: requestCount, isWithinRecord: isWithinRecord, now: now)
    }

    mutating func timerFired(now: NIODeadline) -> Action {
        switch clock.fired(phase, now: now) {
        case .wait(let deadline): return .schedule(deadline)
        case .tooLong(let limit):
            // A client that does not read its response would not read a goodbye either.
            let action = isResponseWaiting ? abort() : deadlinePassed()
            return limit.map { .limitReached($0, then: action) } ?? action
        }
    }

    mutating func deadlinePassed() -> Action {
        guard phase == .head || phase == .body else { return close() }
        let part = phase == .head ? "head" : "body"
        let response = HTTPResponse.text(.requestTimeout, "the \(part) of the request took too long\n")
        return end(with: response, to: Self.unknownHead, isComplete: true)
    }
}
