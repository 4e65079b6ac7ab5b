/// Computes how long to wait before the next attempt.
package struct Backoff: Sendable, Equatable {
    /// The delay after the first failure.
    package var initial = Duration.milliseconds(500)
    /// The longest delay, also for a server that asks for more with `Retry-After`.
    package var maximum = Duration.seconds(30)
    private(set) var failures = 0

    package init(initial: Duration = .milliseconds(500), maximum: Duration = .seconds(30)) {
        self.initial = initial
        self.maximum = maximum
    }

    package mutating func reset() { failures = 0 }

    /// Counts a failure after which the next attempt is immediate.
    mutating func countFailure() { failures += 1 }

    /// The next delay. It doubles with every failure up to the maximum, and is shortened at random by up to a half, so
    /// that many clients do not return at once.
    package mutating func next(atLeast minimum: Duration, using random: inout some RandomNumberGenerator) -> Duration {
        let full = min(maximum, initial * (1 << min(failures, 20)))
        failures += 1
        let delay = full * Double.random(in: 0.5...1, using: &random)
        return max(delay, min(minimum, maximum))
    }
}
