import TestSupport
import Testing

@testable import Kubernetes

@Suite("A list that is requested again without a failure", .timeLimit(.minutes(5)))
struct WatcherListAgainTests: WatcherStateMachineSuite {
    let start = ContinuousClock.now
    var random = SplitMix64(state: 1)
    var machine = Self.newMachine()

    @Test("is read at once, and does not count as an interruption of the watch")
    mutating func list() {
        watch(at: 0)
        machine.listAgain(at: at(5))
        #expect(machine.status == .watching)
        #expect(next() == .list(continueToken: nil))
        _ = machine.receivedPage(resourceVersion: "20", continueToken: nil, at: at(6))
        #expect(next() == .watch(resourceVersion: "20"))
    }

    @Test("means that changes are missing since the request if it fails")
    mutating func failure() {
        watch(at: 0)
        _ = machine.received(.bookmark(resourceVersion: "11"), at: at(1))
        machine.listAgain(at: at(5))
        _ = next()
        machine.listFailed(Self.cut, at: at(9))
        guard case .failing(let since, _) = machine.status else {
            Issue.record("the status is \(machine.status)")
            return
        }
        #expect(since == at(5))
    }

    @Test("does not shorten an interruption")
    mutating func interruption() {
        watch(at: 0)
        _ = machine.received(.bookmark(resourceVersion: "11"), at: at(1))
        machine.watchFailed(Self.cut, at: at(2))
        machine.listAgain(at: at(5))
        guard case .failing(let since, _) = machine.status else {
            Issue.record("the status is \(machine.status)")
            return
        }
        #expect(since == at(2))
    }
}
