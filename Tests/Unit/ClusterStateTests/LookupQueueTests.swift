import PodIdentity
import Testing

@testable import ClusterState
@testable import KubernetesObjects
@testable import ServiceSupport

@Suite("The queue of lookups", .timeLimit(.minutes(5)))
struct LookupQueueTests {
    private let start = ContinuousClock.now

    private func name(_ name: String, in namespace: String = "a") -> NamespacedName {
        NamespacedName(namespace: namespace, name: name)
    }

    private func queue(rate: Double = 10, burst: Int = 100, waiting: Int = 100, underWay: Int = 100) -> LookupQueue<Int>
    {
        LookupQueue(
            rateLimit: RateLimit(rate: rate, burst: burst),
            limits: .init(waiting: waiting, underWay: underWay)
        )
    }

    private func asked(_ queue: inout LookupQueue<Int>, at now: ContinuousClock.Instant) -> [NamespacedName] {
        var names: [NamespacedName] = []
        while case .lookUp(let name) = queue.next(at: now) { names.append(name) }
        return names
    }

    @Test("requests a name once for all waiters")
    func once() {
        var queue = queue()
        for waiter in 1...3 { _ = queue.add(waiter, for: name("x"), .unknown, until: start + .seconds(1)) }
        #expect(asked(&queue, at: start) == [name("x")])
        _ = queue.add(4, for: name("x"), .unknown, until: start + .seconds(1))
        #expect(asked(&queue, at: start).isEmpty)
        let waiters = queue.finish(name("x"))
        #expect(waiters == [1, 2, 3, 4] && queue.waitingCount == 0)
        #expect(asked(&queue, at: start).isEmpty)
    }

    @Test("does not request a name without waiters, and takes no token for it")
    func givenUp() throws {
        var queue = queue(burst: 1)
        let ticket = try #require(queue.add(1, for: name("x"), .unknown, until: start + .seconds(1)).ticket)
        _ = queue.add(2, for: name("late"), .unknown, until: start)
        let waiters = [queue.cancel(ticket), queue.cancel(ticket)]
        #expect(waiters == [1, nil])
        #expect(asked(&queue, at: start + .seconds(1)).isEmpty, "the other waiter has no time left")
        _ = queue.add(3, for: name("y"), .unknown, until: start + .seconds(3))
        #expect(asked(&queue, at: start + .seconds(2)) == [name("y")])
    }

    @Test("retries a lookup only with a token that no other lookup waits for")
    func spareToken() {
        var queue = queue(burst: 2)
        for text in ["x", "y", "z"] { _ = queue.add(1, for: name(text), .unknown, until: start + .seconds(9)) }
        #expect(asked(&queue, at: start) == [name("z"), name("y")])
        let whileOneWaits = queue.takeTokenForRetry(at: start + .seconds(1))
        #expect(asked(&queue, at: start + .seconds(1)) == [name("x")])
        let whenNoneDoes = queue.takeTokenForRetry(at: start + .seconds(1))
        #expect(!whileOneWaits && whenNoneDoes)
    }

    @Test("serves the newest first")
    func newestFirst() {
        var queue = queue()
        for (waiter, text) in ["x", "y", "z"].enumerated() {
            _ = queue.add(waiter, for: name(text), .unknown, until: start + .seconds(1))
        }
        #expect(asked(&queue, at: start) == [name("z"), name("y"), name("x")])
    }

    @Test("alternates between namespaces, and between known and possibly invented ones, and confirms last")
    func fairness() {
        var queue = queue()
        let deadline = start + .seconds(9)
        for number in 0..<4 {
            _ = queue.add(1, for: name("\(number)", in: "busy"), .unknown, until: deadline)
            _ = queue.add(1, for: name("x", in: "made-up-\(number)"), .unknownNamespace, until: deadline)
        }
        _ = queue.add(1, for: name("stale", in: "other"), .confirmation, until: deadline)
        _ = queue.add(1, for: name("new", in: "other"), .unknown, until: deadline)
        let namespaces = asked(&queue, at: start).map(\.namespace)
        #expect(
            namespaces == [
                "other", "made-up-3", "busy", "made-up-2", "busy", "made-up-1", "busy", "made-up-0", "busy", "other",
            ]
        )
    }

    @Test("gives a namespace at most half of the lookups in flight")
    func underWay() {
        var queue = queue(underWay: 4)
        for number in 0..<4 { _ = queue.add(1, for: name("\(number)"), .unknown, until: start + .seconds(1)) }
        #expect(asked(&queue, at: start).count == 2)
        _ = queue.add(1, for: name("x", in: "b"), .unknown, until: start + .seconds(1))
        #expect(asked(&queue, at: start) == [name("x", in: "b")])
        _ = queue.finish(name("3"))
        #expect(asked(&queue, at: start) == [name("1")])
    }

    @Test("evicts from the namespace with the most waiters, but never for that namespace itself")
    func room() {
        var queue = queue(waiting: 3)
        for number in 0..<3 { _ = queue.add(number, for: name("\(number)"), .unknown, until: start + .seconds(1)) }
        let own = queue.add(3, for: name("3"), .unknown, until: start + .seconds(1))
        #expect(own.ticket == nil && own.evicted?.waiter == nil)
        let other = queue.add(4, for: name("x", in: "b"), .unknown, until: start + .seconds(1))
        #expect(other.ticket != nil && other.evicted?.waiter == 0)
        let third = queue.add(5, for: name("x", in: "c"), .unknown, until: start + .seconds(1))
        #expect(third.ticket != nil && third.evicted?.waiter == 1)
        let fourth = queue.add(6, for: name("x", in: "d"), .unknown, until: start + .seconds(1))
        #expect(fourth.ticket == nil, "each namespace has only one entry")
        #expect(queue.waitingCount == 3)
        let left = queue.close().map(\.waiter)
        let late = queue.add(6, for: name("6"), .unknown, until: start + .seconds(1))
        #expect(left.sorted() == [2, 4, 5] && late.ticket == nil)
    }

    @Test("counts all possibly invented namespaces as one")
    func madeUp() {
        var queue = queue(waiting: 4)
        for number in 0..<4 {
            let name = name("x", in: "made-up-\(number)")
            _ = queue.add(number, for: name, .unknownNamespace, until: start + .seconds(1))
        }
        let real = queue.add(9, for: name("x", in: "real"), .unknown, until: start + .seconds(1))
        #expect(real.ticket != nil && real.evicted?.waiter == 0)
    }

    /// Twenty seconds in steps of a millisecond; each lookup takes thirty milliseconds.
    @Test("completes as many lookups as the rate allows under ten times the load, all in time")
    func overload() throws {
        var queue = queue(rate: 50, burst: 100, waiting: 256, underWay: 128)
        var waiting: [(deadline: ContinuousClock.Instant, ticket: LookupQueue<Int>.Ticket)] = []
        var underWay: [(end: ContinuousClock.Instant, name: NamespacedName)] = []
        var answered = 0
        var lookups = 0
        for millisecond in 0..<20_000 {
            let now = start + .milliseconds(millisecond)
            while let first = underWay.first, first.end <= now {
                underWay.removeFirst()
                let some = queue.finish(first.name)
                answered += some.count
            }
            while let first = waiting.first, first.deadline <= now {
                waiting.removeFirst()
                _ = queue.cancel(first.ticket)
            }
            if millisecond.isMultiple(of: 2) {
                let name = name("\(millisecond)", in: millisecond.isMultiple(of: 10) ? "b" : "a")
                let deadline = now + .seconds(1)
                if let ticket = queue.add(1, for: name, .unknown, until: deadline).ticket {
                    waiting.append((deadline, ticket))
                }
            }
            for name in asked(&queue, at: now) {
                lookups += 1
                underWay.append((now + .milliseconds(30), name))
            }
        }
        #expect(lookups >= 1095 && lookups <= 1100)
        #expect(answered >= lookups - 5, "no pod had given up before its lookup")
        // The load is over, and there is a pod of a new ServiceAccount.
        let now = start + .seconds(20) + .milliseconds(20)
        for (_, ticket) in waiting { _ = queue.cancel(ticket) }
        _ = queue.add(1, for: name("first"), .unknown, until: now + .seconds(1))
        #expect(asked(&queue, at: now) == [name("first")])
    }
}
