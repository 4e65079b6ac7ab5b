import Testing

@testable import Kubernetes

@Suite("The watcher's state machine", .timeLimit(.minutes(5)))
struct WatcherStateMachineTests: WatcherStateMachineSuite {
    let start = ContinuousClock.now
    var random = SplitMix64(state: 1)
    var machine = newMachine()

    init() { machine.versionReceived(nil, at: start) }

    // MARK: The list

    @Test("lists in pages, then watches from the list's version")
    mutating func pages() {
        #expect(next() == .list(continueToken: nil))
        #expect(
            machine.receivedPage(resourceVersion: "10", continueToken: "t1", at: start)
                == .deliver(begins: true, endsAt: nil)
        )
        #expect(machine.status == .listing)
        #expect(next() == .list(continueToken: "t1"))
        #expect(
            machine.receivedPage(resourceVersion: "10", continueToken: "t2", at: start)
                == .deliver(begins: false, endsAt: nil)
        )
        #expect(next() == .list(continueToken: "t2"))
        #expect(
            machine.receivedPage(resourceVersion: "10", continueToken: "", at: start)
                == .deliver(begins: false, endsAt: "10")
        )
        #expect(next() == .watch(resourceVersion: "10"))
        machine.watchStarted(at: start)
        #expect(machine.status == .watching)
    }

    @Test("requests the same page again after a failure that does not affect its token")
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
                == .deliver(begins: false, endsAt: "10")
        )
    }

    @Test("continues once with the token that comes with an expired one, and watches from the first page's version")
    mutating func offeredToken() {
        _ = machine.receivedPage(resourceVersion: "10", continueToken: "t1", at: start)
        machine.listFailed(Self.gone(continueToken: "offered"), at: start)
        #expect(next() == .list(continueToken: "offered"))
        #expect(
            machine.receivedPage(resourceVersion: "99", continueToken: "t2", at: start)
                == .deliver(begins: false, endsAt: nil)
        )
        #expect(next() == .list(continueToken: "t2"))
        #expect(
            machine.receivedPage(resourceVersion: "99", continueToken: nil, at: start)
                == .deliver(begins: false, endsAt: "10")
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
                == .deliver(begins: true, endsAt: "20")
        )
    }

    @Test("starts over if a token is unusable", arguments: [410, 400, 404, 422])
    mutating func badToken(code: Int) {
        _ = machine.receivedPage(resourceVersion: "10", continueToken: "t1", at: start)
        machine.listFailed(.refused(APIStatus(code: code)), at: start)
        let (step, wait) = nextAfterWait()
        #expect(step == .list(continueToken: nil))
        #expect(wait > .zero)
    }

    @Test("refuses a list without a version", arguments: [nil, ""])
    mutating func listWithoutVersion(version: String?) {
        #expect(machine.receivedPage(resourceVersion: version, continueToken: nil, at: start) == .drop)
        #expect(nextAfterWait().step == .list(continueToken: nil))
        guard case .failing = machine.status else {
            Issue.record("\(machine.status)")
            return
        }
    }

    @Test("accepts a new list with an older version, as after a restore of the server's store")
    mutating func listGoesBack() {
        watch(version: "100")
        machine.watchFailed(Self.gone(), at: at(1))
        list(version: "5", at: 2)
        #expect(next() == .watch(resourceVersion: "5"))
    }

    // MARK: The watch

    @Test("advances with events and bookmarks, and never goes back")
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

    @Test("accepts versions that are not numbers")
    mutating func opaqueVersions() {
        watch(version: "b")
        _ = machine.received(.bookmark(resourceVersion: "a"), at: start)
        machine.watchEnded(at: at(5))
        #expect(next() == .watch(resourceVersion: "a"))
    }

    @Test("resumes at once after a normal end, and stays healthy")
    mutating func cleanEnd() {
        watch()
        machine.watchEnded(at: at(300))
        #expect(machine.status == .watching)
        #expect(next() == .watch(resourceVersion: "10"))
    }

    @Test("waits if the server ends every watch at once")
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
        "lists again when the version is too old, at the start of a watch and during it",
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
        "resumes after a failure that does not affect the version",
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

    @Test("resumes an interrupted watch, however often")
    mutating func cuts() {
        watch()
        for second in 1...20 {
            machine.watchFailed(Self.cut, at: at(second))
            #expect(nextAfterWait().step == .watch(resourceVersion: "10"))
            machine.watchStarted(at: at(second))
        }
    }

    @Test(
        "resumes after an event that it cannot read, and lists again if it gets the same one again",
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
}
