import Testing
import Webhook

@Suite("A rate limit", .timeLimit(.minutes(1)))
struct RateLimitTests {
    private let start = ContinuousClock.now

    @Test("lets the burst through at once, and then each in its turn")
    func burst() {
        var limit = RateLimit(rate: 10, burst: 3)
        let delays = (0..<6).map { _ in limit.reserve(at: start) }
        #expect(delays == [.zero, .zero, .zero, .milliseconds(100), .milliseconds(200), .milliseconds(300)])
    }

    @Test("fills up with time, but never above the burst")
    func refill() {
        var limit = RateLimit(rate: 10, burst: 2)
        _ = limit.reserve(at: start)
        _ = limit.reserve(at: start)
        #expect(limit.reserve(at: start + .milliseconds(100)) == .zero)
        let later = start + .seconds(60)
        #expect((0..<3).map { _ in limit.reserve(at: later) } == [.zero, .zero, .milliseconds(100)])
    }
}
