import Testing

@testable import Kubernetes

@Suite("The watcher's state machine", .timeLimit(.minutes(5)))
struct WatcherStateMachineTests {
    private let start = ContinuousClock.now
    private var random = SplitMix64(state: 1)
    private var machine = WatcherStateMachine(
        backoff: Backoff(initial: .seconds(1), maximum: .seconds(30)),
        healthyAfter: .seconds(60)
    )

    init() { machine.answered(nil, at: start) }

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// The next step, with a server that does not say its version.
    private mutating func next() -> WatcherStateMachine.Step {
        let step = machine.nextStep(using: &random)
        guard step == .askVersion else { return step }
        machine.answered(nil, at: start)
        return machine.nextStep(using: &random)
    }

    /// The step after a wait, and how long that was.
    private mutating func nextAfterWait() -> (step: WatcherStateMachine.Step, wait: Duration) {
        let step = next()
        guard case .wait(let duration) = step else { return (step, .zero) }
        return (next(), duration)
    }

    private mutating func list(version: String = "10", at seconds: Int = 0) {
        machine.answered(nil, at: at(seconds))
        _ = machine.receivedPage(resourceVersion: version, continueToken: nil, at: at(seconds))
    }

    private mutating func watch(version: String = "10", at seconds: Int = 0) {
        list(version: version, at: seconds)
        machine.watchStarted(at: at(seconds))
    }

    private static func gone(continueToken: String? = nil) -> KubernetesError {
        .refused(APIStatus(code: 410, reason: "Expired", continueToken: continueToken))
    }

    private static let cut = KubernetesError.connection(server: "s", reason: "cut")

    // MARK: The list

    @Test("lists in pages, then watches from the version of the list")
    mutating func pages() {
        #expect(next() == .list(continueToken: nil))
        #expect(
            machine.receivedPage(resourceVersion: "10", continueToken: "t1", at: start)
                == .take(begins: true, endsAt: nil)
        )
        #expect(machine.status == .listing)
        #expect(next() == .list(continueToken: "t1"))
        #expect(
            machine.receivedPage(resourceVersion: "10", continueToken: "t2", at: start)
                == .take(begins: false, endsAt: nil)
        )
        #expect(next() == .list(continueToken: "t2"))
        #expect(
            machine.receivedPage(resourceVersion: "10", continueToken: "", at: start)
                == .take(begins: false, endsAt: "10")
        )
        #expect(next() == .watch(resourceVersion: "10"))
        machine.watchStarted(at: start)
        #expect(machine.status == .watching)
    }

    @Test("asks for the same page again after a failure that has nothing to do with its token")
    mutating func failedPage() {
        _ = machine.receivedPage(resourceVersion: "10", continueToken: "t1", at: start)
        let failures: [KubernetesError] = [
            Self.cut, .malformedAnswer(""), .timedOut(what: "", server: "", limit: .zero),
            .refused(APIStatus(code: 500)), .refused(APIStatus(code: 429)), .refused(APIStatus(code: 401)),
        ]
        for failure in failures {
            machine.listFailed(failure, at: start)
            let (step, wait) = nextAfterWait()
            #expect(step == .list(continueToken: "t1"))
            #expect(wait > .zero)
        }
        #expect(
            machine.receivedPage(resourceVersion: "10", continueToken: nil, at: start)
                == .take(begins: false, endsAt: "10")
        )
    }

    @Test("goes on once with the token that comes with an expired one, and watches from the first page's version")
    mutating func offeredToken() {
        _ = machine.receivedPage(resourceVersion: "10", continueToken: "t1", at: start)
        machine.listFailed(Self.gone(continueToken: "offered"), at: start)
        #expect(next() == .list(continueToken: "offered"))
        #expect(
            machine.receivedPage(resourceVersion: "99", continueToken: "t2", at: start)
                == .take(begins: false, endsAt: nil)
        )
        #expect(next() == .list(continueToken: "t2"))
        #expect(
            machine.receivedPage(resourceVersion: "99", continueToken: nil, at: start)
                == .take(begins: false, endsAt: "10")
        )
        #expect(next() == .watch(resourceVersion: "10"))
    }

    @Test("starts over when the offered token expires too")
    mutating func offeredTokenExpires() {
        _ = machine.receivedPage(resourceVersion: "10", continueToken: "t1", at: start)
        machine.listFailed(Self.gone(continueToken: "offered"), at: start)
        machine.listFailed(Self.gone(continueToken: "another"), at: start)
        #expect(nextAfterWait().step == .list(continueToken: nil))
        #expect(
            machine.receivedPage(resourceVersion: "20", continueToken: nil, at: start)
                == .take(begins: true, endsAt: "20")
        )
    }

    @Test("starts over when a token is good for nothing", arguments: [410, 400, 404, 422])
    mutating func badToken(code: Int) {
        _ = machine.receivedPage(resourceVersion: "10", continueToken: "t1", at: start)
        machine.listFailed(.refused(APIStatus(code: code)), at: start)
        let (step, wait) = nextAfterWait()
        #expect(step == .list(continueToken: nil))
        #expect(wait > .zero)
    }

    @Test("does not take a list without a version", arguments: [nil, ""])
    mutating func listWithoutVersion(version: String?) {
        #expect(machine.receivedPage(resourceVersion: version, continueToken: nil, at: start) == .drop)
        #expect(nextAfterWait().step == .list(continueToken: nil))
        guard case .failing = machine.status else {
            Issue.record("\(machine.status)")
            return
        }
    }

    @Test("a new list may set the version back, as after a restore of the server's store")
    mutating func listGoesBack() {
        watch(version: "100")
        machine.watchFailed(Self.gone(), at: at(1))
        list(version: "5", at: 2)
        #expect(next() == .watch(resourceVersion: "5"))
    }

    // MARK: The watch

    @Test("moves on with events and bookmarks, and never back")
    mutating func versions() {
        watch()
        #expect(machine.received(.change(.added, resourceVersion: "11"), at: start) == .apply(.added))
        #expect(machine.received(.change(.modified, resourceVersion: "13"), at: start) == .apply(.modified))
        #expect(machine.received(.change(.deleted, resourceVersion: "12"), at: start) == .apply(.deleted))
        #expect(machine.state == .watching(.init(resourceVersion: "13", start: start, lastLine: start)))
        #expect(machine.received(.bookmark(resourceVersion: "20"), at: start) == .none)
        #expect(machine.received(.bookmark(resourceVersion: "9"), at: start) == .none)
        machine.watchEnded(at: at(5))
        #expect(next() == .watch(resourceVersion: "20"))
    }

    @Test("takes versions that are no numbers as they come")
    mutating func opaqueVersions() {
        watch(version: "b")
        _ = machine.received(.bookmark(resourceVersion: "a"), at: start)
        machine.watchEnded(at: at(5))
        #expect(next() == .watch(resourceVersion: "a"))
    }

    @Test("resumes at once after an end in order, and stays healthy")
    mutating func cleanEnd() {
        watch()
        machine.watchEnded(at: at(300))
        #expect(machine.status == .watching)
        #expect(next() == .watch(resourceVersion: "10"))
    }

    @Test("waits when the server ends every watch at once")
    mutating func shortWatches() {
        watch()
        machine.watchEnded(at: start)
        let first = nextAfterWait()
        machine.watchStarted(at: at(1))
        machine.watchEnded(at: at(1))
        let second = nextAfterWait()
        #expect(first.step == .watch(resourceVersion: "10"))
        #expect(first.wait > .zero && second.wait >= first.wait)
        guard case .failing = machine.status else {
            Issue.record("\(machine.status)")
            return
        }
    }

    @Test(
        "lists again when the version is too old, at the start of a watch and in it",
        arguments: [false, true]
    )
    mutating func gone(inStream: Bool) {
        watch(at: 0)
        if inStream {
            let event = WatchEvent.error(APIStatus(code: 410, reason: "Expired"))
            #expect(machine.received(event, at: at(5)) == .stop)
        } else {
            machine.watchEnded(at: at(5))
            machine.watchFailed(Self.gone(), at: at(5))
        }
        #expect(next() == .list(continueToken: nil), "the first time there is no wait")
        #expect(machine.receivedPage(resourceVersion: "50", continueToken: nil, at: at(6)) != .drop)
        #expect(next() == .watch(resourceVersion: "50"))
        machine.watchFailed(Self.gone(), at: at(6))
        let (step, wait) = nextAfterWait()
        #expect(step == .list(continueToken: nil))
        #expect(wait > .zero)
    }

    @Test(
        "resumes after a failure that says nothing about the version",
        arguments: [500, 503, 429, 401, 403]
    )
    mutating func otherErrors(code: Int) {
        watch()
        for attempt in 1...5 {
            if attempt % 2 == 0 {
                machine.watchFailed(.refused(APIStatus(code: code)), at: at(attempt))
            } else {
                machine.watchStarted(at: at(attempt))
                #expect(machine.received(.error(APIStatus(code: code)), at: at(attempt)) == .stop)
            }
            let (step, wait) = nextAfterWait()
            #expect(step == .watch(resourceVersion: "10"))
            #expect(wait > .zero)
        }
    }

    @Test("resumes a watch that was cut, however often")
    mutating func cuts() {
        watch()
        for second in 1...20 {
            machine.watchFailed(Self.cut, at: at(second))
            #expect(nextAfterWait().step == .watch(resourceVersion: "10"))
            machine.watchStarted(at: at(second))
        }
    }

    @Test(
        "resumes after what it cannot read, and lists again when the same comes back",
        arguments: [
            WatchEvent.damaged("x"), .error(APIStatus(code: 504, reason: "Timeout")), .error(APIStatus(code: 400)),
        ]
    )
    fileprivate mutating func damaged(event: WatchEvent) {
        watch()
        #expect(machine.received(event, at: start) == .stop)
        #expect(nextAfterWait().step == .watch(resourceVersion: "10"))
        machine.watchStarted(at: start)
        #expect(machine.received(.change(.added, resourceVersion: "11"), at: start) == .apply(.added))
        #expect(machine.received(event, at: start) == .stop)
        #expect(nextAfterWait().step == .watch(resourceVersion: "11"), "there was progress in between")
        machine.watchStarted(at: start)
        #expect(machine.received(event, at: start) == .stop)
        #expect(nextAfterWait().step == .list(continueToken: nil))
    }

    // MARK: Backoff

    @Test("waits longer with every failure, up to the maximum, and starts anew after a long healthy watch")
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

    @Test("waits as long as the server asks, within the maximum")
    mutating func retryAfter() {
        machine.listFailed(.refused(APIStatus(code: 429, retryAfter: .seconds(7))), at: start)
        #expect(nextAfterWait().wait == .seconds(7))
        machine.listFailed(.refused(APIStatus(code: 429, retryAfter: .seconds(3600))), at: start)
        #expect(nextAfterWait().wait == .seconds(30))
    }

    // MARK: Status

    @Test("says since when changes may be missing")
    mutating func staleSince() {
        func since() -> ContinuousClock.Instant? {
            if case .failing(let since, _) = machine.status { since } else { nil }
        }
        watch()
        machine.watchFailed(Self.cut, at: at(70))
        #expect(since() == at(70))
        machine.watchFailed(Self.cut, at: at(75))
        #expect(since() == at(70), "as long as no watch goes on it is the first failure that counts")
        machine.watchStarted(at: at(80))
        #expect(since() == nil)
        machine.watchFailed(Self.cut, at: at(90))
        #expect(since() == at(70), "a watch that brought nothing proves nothing")
        machine.watchStarted(at: at(100))
        _ = machine.received(.bookmark(resourceVersion: "12"), at: at(101))
        machine.watchFailed(.timedOut(what: "", server: "", limit: .zero), at: at(221))
        #expect(since() == at(101), "silence began with the last line")
        machine.watchFailed(Self.gone(), at: at(222))
        machine.answered(nil, at: at(223))
        _ = machine.receivedPage(resourceVersion: "40", continueToken: "t", at: at(230))
        #expect(since() == at(101))
        _ = machine.receivedPage(resourceVersion: "40", continueToken: nil, at: at(235))
        #expect(since() == at(230), "a complete list is as new as its first page")
    }
}
