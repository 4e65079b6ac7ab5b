/// A token bucket, which allows a burst of requests and then a number per second. Tokens are never borrowed from the
/// future, so demand beyond the rate does not delay later requests.
package struct RateLimit: Equatable, Sendable {
    /// The number of requests per second that are allowed; more than 0.
    package let rate: Double
    /// The number of requests that are allowed at once; at least 1.
    package let burst: Int

    private var tokens: Double
    private var last: ContinuousClock.Instant?

    package init(rate: Double, burst: Int) {
        self.rate = rate
        self.burst = burst
        tokens = Double(burst)
    }

    /// Takes a token if there is one, and returns whether it did.
    package mutating func take(at now: ContinuousClock.Instant) -> Bool {
        refill(now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// How long it takes until there is a token; zero if there is one, and at most a day.
    package mutating func delay(at now: ContinuousClock.Instant) -> Duration {
        refill(now)
        return tokens >= 1 ? .zero : .seconds(min((1 - tokens) / rate, 86_400))
    }

    private mutating func refill(_ now: ContinuousClock.Instant) {
        // A time before the last one seen adds nothing.
        if let last, now > last { tokens = min(Double(burst), tokens + (now - last) / .seconds(1) * rate) }
        last = max(last ?? now, now)
    }
}
