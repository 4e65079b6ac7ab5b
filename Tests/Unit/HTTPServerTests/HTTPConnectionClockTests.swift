import NIOCore
import Testing

@testable import HTTPServer

@Suite("HTTPConnectionClock", .timeLimit(.minutes(5)))
struct HTTPConnectionClockTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    private static let deadlines = HTTPDeadlines()

    private static func at(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }

    private struct Run {
        var clock = HTTPConnectionClock(deadlines)

        mutating func enter(
            _ phase: HTTPConnectionStateMachine.Phase,
            _ request: Int,
            at seconds: Int64,
            isWithinRecord: Bool = false
        ) -> HTTPConnectionClock.Timer? {
            clock.entered(phase, request: request, isWithinRecord: isWithinRecord) { at(seconds) }?.timer
        }

        mutating func fire(_ phase: HTTPConnectionStateMachine.Phase, at seconds: Int64) -> HTTPConnectionClock.Verdict
        {
            clock.fired(phase, now: HTTPConnectionClockTests.at(seconds))
        }
    }

    @Test("keeps the timer for a request that is handled in one read, and extends the deadline")
    func oneRead() {
        var run = Run()
        #expect(run.enter(.idle, 0, at: 0) == .set(Self.at(180)))
        #expect(run.enter(.idle, 0, at: 1) == nil)
        #expect(run.enter(.idle, 1, at: 100) == .keep)
        #expect(run.fire(.idle, at: 180) == .wait(until: Self.at(280)))
        #expect(run.fire(.idle, at: 280) == .tooLong(.idle))
    }

    @Test("has a limit for each phase, and one for the whole request")
    func phases() {
        var run = Run()
        #expect(run.enter(.head, 1, at: 0) == .set(Self.at(10)))
        #expect(run.enter(.body, 1, at: 9) == .set(Self.at(29)))
        #expect(run.enter(.response, 1, at: 28) == .set(Self.at(45)), "the deadline of the whole request applies")
        #expect(run.fire(.response, at: 45) == .tooLong(.request))
        #expect(run.enter(.lingering, 1, at: 45) == .set(Self.at(50)))
        #expect(run.fire(.lingering, at: 50) == .tooLong(nil))
        #expect(run.enter(.closed, 1, at: 50) == .cancel)
    }

    @Test("limits an incomplete record like a head")
    func record() {
        var run = Run()
        #expect(run.enter(.idle, 0, at: 0) == .set(Self.at(180)))
        #expect(run.enter(.idle, 0, at: 5, isWithinRecord: true) == .set(Self.at(15)))
        #expect(run.enter(.idle, 0, at: 9, isWithinRecord: true) == nil, "slow bytes do not extend the deadline")
        #expect(run.fire(.idle, at: 15) == .tooLong(.head))
    }

    @Test("does not extend the idle phase for records without a request")
    func idle() {
        var run = Run()
        _ = run.enter(.idle, 0, at: 0)
        for second in stride(from: Int64(10), to: 180, by: 10) {
            _ = run.enter(.idle, 0, at: second, isWithinRecord: true)
            #expect(run.enter(.idle, 0, at: second + 5) == .set(Self.at(180)))
        }
        #expect(run.enter(.idle, 0, at: 179, isWithinRecord: true) == .set(Self.at(180)))
        #expect(run.fire(.idle, at: 180) == .tooLong(.idle))
    }

    @Test("limits a record after a request separately")
    func recordBehindRequest() {
        var run = Run()
        _ = run.enter(.idle, 0, at: 0, isWithinRecord: true)
        #expect(run.enter(.idle, 1, at: 9, isWithinRecord: true) == .set(Self.at(19)))
        #expect(run.enter(.idle, 1, at: 10) == .set(Self.at(189)))
    }
}
