import Testing

@testable import Kubernetes

@Suite("The waits and status of the watcher's state machine", .timeLimit(.minutes(5)))
struct WatcherStateMachineStatusTests: WatcherStateMachineSuite {
    let start = ContinuousClock.now
    var random = SplitMix64(state: 1)
    var machine = newMachine()

    init() { machine.versionReceived(nil, at: start) }

    // MARK: Backoff

    @Test("grow with every failure, up to a maximum, and start over after a long healthy watch")
    mutating func backoff() {
        watch()
        var waits: [Duration] = []
        for second in 1...8 {
            machine.watchFailed(Self.cut, at: at(second))
            waits.append(nextAfterWait().wait)
            machine.watchStarted(at: at(second))
        }
        for (index, wait) in waits.enumerated() {
            let full = min(30, 1 << index)
            #expect(wait >= .seconds(full) / 2 && wait <= .seconds(full))
        }
        machine.watchStarted(at: at(100))
        machine.watchFailed(Self.cut, at: at(160))
        #expect(nextAfterWait().wait <= .seconds(1))
    }

    @Test("follow the server's Retry-After, up to the maximum")
    mutating func retryAfter() {
        machine.listFailed(.refused(APIStatus(code: 429, retryAfter: .seconds(7))), at: start)
        #expect(nextAfterWait().wait == .seconds(7))
        machine.listFailed(.refused(APIStatus(code: 429, retryAfter: .seconds(3600))), at: start)
        #expect(nextAfterWait().wait == .seconds(30))
    }

    // MARK: Status

    @Test("show since when changes may be missing")
    mutating func staleSince() {
        func since() -> ContinuousClock.Instant? {
            if case .failing(let since, _) = machine.status { since } else { nil }
        }
        watch()
        machine.watchFailed(Self.cut, at: at(70))
        #expect(since() == at(70))
        machine.watchFailed(Self.cut, at: at(75))
        #expect(since() == at(70), "the first failure counts until a watch works again")
        machine.watchStarted(at: at(80))
        #expect(since() == nil)
        machine.watchFailed(Self.cut, at: at(90))
        #expect(since() == at(70), "a watch without events proves nothing")
        machine.watchStarted(at: at(100))
        _ = machine.received(.bookmark(resourceVersion: "12"), at: at(101))
        machine.watchFailed(.timedOut(what: "", server: "", limit: .zero), at: at(221))
        #expect(since() == at(101), "the silence began after the last line")
        machine.watchFailed(Self.gone(), at: at(222))
        machine.versionReceived(nil, at: at(223))
        _ = machine.receivedPage(resourceVersion: "40", continueToken: "t", at: at(230))
        #expect(since() == at(101))
        _ = machine.receivedPage(resourceVersion: "40", continueToken: nil, at: at(235))
        #expect(since() == at(230), "a complete list is as new as its first page")
    }
}
