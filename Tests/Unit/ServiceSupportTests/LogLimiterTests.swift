import ServiceSupport
import TestSupport
import Testing

@Suite("A LogLimiter", .timeLimit(.minutes(5)))
struct LogLimiterTests {
    private let start = ContinuousClock.now

    @Test("allows the first line of a key, then one per interval with the number of omitted lines")
    func interval() {
        var limiter = LogLimiter<String>(interval: .seconds(10), capacity: 4)
        #expect(limiter.occurred("a", at: start) == 0)
        for second in 1...9 { #expect(limiter.occurred("a", at: start + .seconds(second)) == nil) }
        #expect(limiter.occurred("a", at: start + .seconds(10)) == 9)
        #expect(limiter.occurred("a", at: start + .seconds(19)) == nil)
        #expect(limiter.occurred("a", at: start + .seconds(60)) == 1)
        #expect(limiter.occurred("a", at: start + .seconds(120)) == 0)
    }

    @Test("treats keys independently")
    func keys() {
        var limiter = LogLimiter<Int>(interval: .seconds(1), capacity: 4)
        for key in 0..<4 { #expect(limiter.occurred(key, at: start) == 0) }
        for key in 0..<4 { #expect(limiter.occurred(key, at: start) == nil) }
        for key in 0..<4 { #expect(limiter.occurred(key, at: start + .seconds(1)) == 1) }
    }

    @Test("forgets the key that occurred longest ago if it is full")
    func capacity() {
        var limiter = LogLimiter<Int>(interval: .seconds(1), capacity: 3)
        for key in [0, 1, 2] { #expect(limiter.occurred(key, at: start) == 0) }
        // This makes 1 the oldest.
        #expect(limiter.occurred(0, at: start) == nil)
        #expect(limiter.occurred(3, at: start) == 0)
        for key in [0, 2, 3] { #expect(limiter.occurred(key, at: start) == nil) }
        #expect(limiter.occurred(1, at: start) == 0)
        #expect(limiter.occurred(0, at: start) == 0, "it was the oldest by then")
    }

    @Test("agrees with a simple model over many events", arguments: [1, 2, 7])
    func model(_ capacity: Int) {
        var generator = SeededGenerator(seed: 1)
        var limiter = LogLimiter<Int>(interval: .seconds(5), capacity: capacity)
        // In the order of the last occurrence.
        var known: [(key: Int, logged: ContinuousClock.Instant, leftOut: Int)] = []
        var now = start
        for _ in 0..<5000 {
            now += .milliseconds(Int.random(in: 0...1000, using: &generator))
            let key = Int.random(in: 0..<10, using: &generator)
            var entry = known.first { $0.key == key } ?? (key, now - .seconds(5), 0)
            known.removeAll { $0.key == key }
            let isLogged = entry.logged.duration(to: now) >= .seconds(5)
            #expect(limiter.occurred(key, at: now) == (isLogged ? entry.leftOut : nil))
            entry = isLogged ? (key, now, 0) : (key, entry.logged, entry.leftOut + 1)
            known.append(entry)
            if known.count > capacity { known.removeFirst() }
        }
    }
}
