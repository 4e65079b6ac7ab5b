/// A token bucket: so many requests at once, and then so many a second. Tokens are those of now, never of the future, so
/// that demand beyond the rate leaves no debt behind.
package struct RateLimit: Equatable, Sendable {
    /// Requests a second; more than 0.
    package let rate: Double
    /// Requests at once; at least 1.
    package let burst: Int

    private var tokens: Double
    private var last: ContinuousClock.Instant?

    package init(rate: Double, burst: Int) {
        self.rate = rate
        self.burst = burst
        tokens = Double(burst)
    }

    /// Takes a token if there is one.
    package mutating func take(at now: ContinuousClock.Instant) -> Bool {
        refill(now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// How long it is until there is a token; zero if there is one. No longer than a day, however small the rate.
    package mutating func delay(at now: ContinuousClock.Instant) -> Duration {
        refill(now)
        return tokens >= 1 ? .zero : .seconds(min((1 - tokens) / rate, 86_400))
    }

    private mutating func refill(_ now: ContinuousClock.Instant) {
        // A clock that is behind what was seen already adds nothing.
        if let last, now > last { tokens = min(Double(burst), tokens + (now - last) / .seconds(1) * rate) }
        last = max(last ?? now, now)
    }
}
