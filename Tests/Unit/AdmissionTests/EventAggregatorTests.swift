import PodIdentity
import Prometheus
import TestSupport
import Testing

@testable import Admission
@testable import KubernetesObjects

@Suite("Events", .timeLimit(.minutes(5)))
struct EventAggregatorTests {
    private let start = ContinuousClock.now

    private func key(_ account: String, _ message: String = "p") -> EventAggregator.Key {
        let account = NamespacedName(namespace: "n", name: account)
        return EventAggregator.Key(account: account, reason: "MountConflict", message: message)
    }

    private func occurrence(_ action: EventAggregator.Action) -> EventAggregator.Occurrence? {
        if case .write(_, let occurrence) = action { occurrence } else { nil }
    }

    @Test("are written at once the first time, and later ones together after ten seconds")
    func aggregation() {
        var events = EventAggregator()
        #expect(events.nextAction(at: start) == .idle)
        events.record(key("a"), time: 100, at: start)
        let first = EventAggregator.Occurrence(first: 100, last: 100, count: 1)
        #expect(events.nextAction(at: start) == .write(key("a"), first))
        events.eventCreated(key("a"), name: "a.1")
        for time in [101, 102] {
            events.record(key("a"), time: time, at: start + .seconds(1))
        }
        #expect(events.nextAction(at: start + .seconds(1)) == .wait(.seconds(9)))
        let third = EventAggregator.Occurrence(first: 100, last: 102, count: 3, name: "a.1")
        #expect(events.nextAction(at: start + .seconds(10)) == .write(key("a"), third))
        #expect(events.nextAction(at: start + .seconds(10)) == .idle)
    }

    @Test("are separate for different ServiceAccounts or problems")
    func keys() {
        var events = EventAggregator()
        let keys = [key("a"), key("b"), key("a", "q")]
        for key in keys { events.record(key, time: 1, at: start) }
        let written = (0..<3).compactMap { _ in occurrence(events.nextAction(at: start)) }
        #expect(written.map(\.count) == [1, 1, 1])
    }

    @Test("are limited to a burst of 25, then 5 per second")
    func rate() {
        var events = EventAggregator()
        for number in 0..<40 { events.record(key("\(number)"), time: 1, at: start) }
        for _ in 0..<25 { #expect(occurrence(events.nextAction(at: start)) != nil) }
        guard case .wait(let delay) = events.nextAction(at: start) else {
            Issue.record("the 26th Event was not delayed")
            return
        }
        #expect(delay > .milliseconds(190) && delay < .milliseconds(210))
        #expect(occurrence(events.nextAction(at: start + .milliseconds(210))) != nil)
        guard case .wait = events.nextAction(at: start + .milliseconds(210)) else {
            Issue.record("the 27th Event was not delayed")
            return
        }
    }

    @Test("are written again after a failure, up to five times")
    func failures() {
        var events = EventAggregator()
        events.record(key("a"), time: 1, at: start)
        var now = start
        for _ in 0..<EventAggregator.maximumFailures {
            #expect(occurrence(events.nextAction(at: now)) != nil)
            events.writeFailed(key("a"))
            now += EventAggregator.interval
        }
        #expect(events.nextAction(at: now) == .idle)
        #expect(events.drops == [.failed: 1])
        events.record(key("a"), time: 2, at: now)
        #expect(occurrence(events.nextAction(at: now))?.count == 2, "a new occurrence is written again")
    }

    @Test("are created again if the API server has forgotten them")
    func eventNotFound() {
        var events = EventAggregator()
        events.record(key("a"), time: 1, at: start)
        _ = events.nextAction(at: start)
        events.eventCreated(key("a"), name: "a.1")
        events.record(key("a"), time: 2, at: start)
        _ = events.nextAction(at: start + .seconds(10))
        events.eventNotFound(key("a"))
        #expect(occurrence(events.nextAction(at: start + .seconds(20)))?.name == nil)
        events.eventCreated(key("a"), name: "a.2")
        events.record(key("a"), time: 2 + EventAggregator.lifetime, at: start + .seconds(40))
        let late = occurrence(events.nextAction(at: start + .seconds(40)))
        #expect(late?.name == nil && late?.count == 1, "an expired Event is created again")
    }

    @Test("are forgotten, the oldest first, if there are very many")
    func capacity() {
        var events = EventAggregator()
        for number in 0...EventAggregator.capacity {
            events.record(key("\(number)"), time: number, at: start)
        }
        var now = start
        var names: Set<String> = []
        loop: while true {
            switch events.nextAction(at: now) {
            case .write(let key, _): names.insert(key.account.name)
            case .wait(let delay): now += delay
            case .idle: break loop
            }
        }
        #expect(names.count == EventAggregator.capacity && !names.contains("0"))
        #expect(events.drops == [.capacity: 1])
        events.record(key("new"), time: 5000, at: now)
        #expect(events.drops == [.capacity: 1], "an Event that was written is not dropped")
    }

    @Test("of a ServiceAccount that does not exist are dropped and counted")
    func forgotten() throws {
        var events = EventAggregator()
        events.record(key("a"), time: 1, at: start)
        for _ in 0..<2 { events.forget(key("a")) }
        #expect(events.nextAction(at: start) == .idle && events.drops == [.accountNotFound: 1])
        let registry = PrometheusRegistry(EventMetrics.definitions)
        EventMetrics.set(events.drops, in: registry)
        let metrics = try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))
        let name = "pod_identity_webhook_events_dropped_total"
        #expect(metrics.nonzero(name) == [["reason": "account_not_found"]: 1])
        #expect(metrics.samples.filter { $0.name == name }.count == EventAggregator.Drop.allCases.count)
    }

    @Test(
        "have reasons in the form of Kubernetes' own",
        arguments: zip(
            Reason.allCases.filter(\.leavesPodWithoutIdentity),
            [
                "MalformedIdentity", "MalformedRole", "MountConflict", "TokenUnreachable", "InvalidSetting",
                "ServiceAccountUnavailable", "NamespaceUnavailable", "ConfigMapUnavailable",
            ]
        )
    )
    func reasons(_ reason: Reason, _ expected: String) {
        #expect(reason.eventReason == expected)
    }
}
