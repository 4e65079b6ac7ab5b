/// A token bucket: so many requests at once, and then so many a second.
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

    /// Takes a token, of the future if there is none now.
    ///
    /// - Returns: How long to wait for it.
    package mutating func reserve(at now: ContinuousClock.Instant) -> Duration {
        if let last { tokens = min(Double(burst), tokens + (now - last) / .seconds(1) * rate) }
        last = now
        tokens -= 1
        return tokens >= 0 ? .zero : .seconds(-tokens / rate)
    }
}
