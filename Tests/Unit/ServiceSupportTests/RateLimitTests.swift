import ServiceSupport
import Testing

@Suite("A rate limit", .timeLimit(.minutes(5)))
struct RateLimitTests {
    private let start = ContinuousClock.now

    private static func take(_ count: Int, from limit: inout RateLimit, at now: ContinuousClock.Instant) -> Int {
        (0..<count).count { _ in limit.take(at: now) }
    }

    @Test("allows the burst at once, and nothing more before there is a token")
    func burst() {
        var limit = RateLimit(rate: 10, burst: 3)
        #expect(Self.take(5, from: &limit, at: start) == 3)
        let delay = limit.delay(at: start)
        #expect(delay == .milliseconds(100))
        #expect(Self.take(2, from: &limit, at: start + .milliseconds(100)) == 1)
    }

    @Test("refills with time, never above the burst, and is not affected by refusals")
    func refill() {
        var limit = RateLimit(rate: 10, burst: 2)
        for _ in 0..<1000 { _ = limit.take(at: start) }
        #expect(Self.take(2, from: &limit, at: start + .milliseconds(100)) == 1)
        let later = start + .seconds(60)
        #expect(Self.take(3, from: &limit, at: later) == 2)
    }

    @Test("returns a delay even if the rate is almost zero")
    func tinyRate() {
        var limit = RateLimit(rate: 1e-300, burst: 1)
        #expect(Self.take(2, from: &limit, at: start) == 1)
        let delay = limit.delay(at: start)
        #expect(delay == .seconds(86_400))
    }

    @Test("tolerates a time that is earlier than the last one")
    func order() {
        var limit = RateLimit(rate: 10, burst: 1)
        #expect(Self.take(1, from: &limit, at: start + .seconds(1)) == 1)
        #expect(Self.take(1, from: &limit, at: start) == 0)
        #expect(Self.take(1, from: &limit, at: start + .seconds(1)) == 0)
    }
}
