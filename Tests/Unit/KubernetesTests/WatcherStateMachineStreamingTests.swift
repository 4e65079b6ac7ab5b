import Testing

@testable import Kubernetes
@testable import KubernetesObjects

@Suite("The watcher's state machine, with a streamed list,", .timeLimit(.minutes(5)))
struct WatcherStateMachineStreamingTests {
    private static let capable = ServerVersion(major: 1, minor: 36, text: "v1.36.0")
    fileprivate static let cut = KubernetesError.connection(server: "s", reason: "cut")

    private let start = ContinuousClock.now
    private var random = SplitMix64(state: 1)
    private var machine = WatcherStateMachine(
        backoff: Backoff(initial: .seconds(1), maximum: .seconds(30)),
        healthyAfter: .seconds(60)
    )

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// The next step that is not a wait, with a server of this version.
    private mutating func next(
        _ version: ServerVersion? = capable,
        at seconds: Int = 0
    ) -> WatcherStateMachine.Step {
        while true {
            switch machine.nextStep(using: &random) {
            case .requestVersion: machine.versionReceived(version, at: at(seconds))
            case .wait: break
            case let step: return step
            }
        }
    }

    private mutating func begin(at seconds: Int = 0) {
        #expect(next(at: seconds) == .stream)
        machine.streamStarted(askedAt: at(seconds))
    }

    private mutating func receive(_ event: WatchEvent, at seconds: Int = 0) -> WatcherStateMachine.EventAction {
        machine.received(event, at: at(seconds))
    }

    private var isFailing: Bool {
        if case .failing = machine.status { true } else { false }
    }

    @Test("takes the events before the bookmark as the list, and those after it as changes")
    mutating func order() {
        #expect(machine.nextStep(using: &random) == .requestVersion)
        machine.versionReceived(Self.capable, at: start)
        #expect(machine.nextStep(using: &random) == .stream)
        machine.streamStarted(askedAt: at(1))
        #expect(receive(.change(.added, resourceVersion: "5")) == .add)
        #expect(receive(.change(.modified, resourceVersion: "6")) == .add)
        #expect(receive(.change(.deleted, resourceVersion: "7")) == .remove)
        #expect(machine.status == .listing)
        #expect(receive(.initialEventsEnd(resourceVersion: "9"), at: 3) == .complete(resourceVersion: "9"))
        #expect(machine.status == .watching)
        #expect(receive(.change(.deleted, resourceVersion: "10"), at: 4) == .apply(.deleted))
        #expect(receive(.initialEventsEnd(resourceVersion: "11"), at: 5) == .none, "a second one has no effect")
        machine.watchEnded(at: at(300))
        #expect(next() == .watch(resourceVersion: "11"))
    }

    @Test(
        "reads pages if the server is too old or its version is unknown",
        arguments: [nil, ServerVersion(major: 1, minor: 31, text: ""), ServerVersion(major: 0, minor: 40, text: "")]
    )
    fileprivate mutating func old(version: ServerVersion?) {
        #expect(next(version) == .list(continueToken: nil))
        #expect(!isFailing)
    }

    @Test("waits if the server's version cannot be requested, and requests it again")
    mutating func unreachable() {
        machine.versionFailed(Self.cut, at: start)
        #expect(isFailing)
        guard case .wait = machine.nextStep(using: &random) else {
            Issue.record("there was no wait")
            return
        }
        #expect(machine.nextStep(using: &random) == .requestVersion)
        machine.versionFailed(.refused(APIStatus(code: 403)), at: start)
        #expect(machine.nextStep(using: &random) == .list(continueToken: nil))
    }

    fileprivate enum Refusal: CaseIterable {
        case invalid, badRequest, silent, ended, bookmark, errorEvent

        func happen(to machine: inout WatcherStateMachine, at now: ContinuousClock.Instant) {
            switch self {
            case .invalid: machine.watchFailed(.refused(APIStatus(code: 422)), at: now)
            case .badRequest: machine.watchFailed(.refused(APIStatus(code: 400)), at: now)
            default:
                machine.streamStarted(askedAt: now)
                _ = machine.received(.change(.added, resourceVersion: "5"), at: now)
            }
            switch self {
            case .silent: machine.watchFailed(.timedOut(what: "", server: "", limit: .zero), at: now)
            case .ended: machine.watchEnded(at: now)
            case .bookmark: _ = machine.received(.bookmark(resourceVersion: "6"), at: now)
            case .errorEvent: _ = machine.received(.error(APIStatus(code: 422)), at: now)
            case .invalid, .badRequest: break
            }
        }
    }

    @Test(
        "reads pages at once if the server does not stream, and remembers that for a while and for this version",
        arguments: Refusal.allCases
    )
    fileprivate mutating func unsupported(refusal: Refusal) {
        #expect(next() == .stream)
        refusal.happen(to: &machine, at: start)
        #expect(machine.nextStep(using: &random) == .list(continueToken: nil), "there is no wait")
        #expect(!isFailing)
        relist(at: 10)
        #expect(next(at: 599) == .list(continueToken: nil))
        relist(at: 599)
        #expect(next(at: 600) == .stream)
        refusal.happen(to: &machine, at: at(600))
        relist(at: 610)
        #expect(next(ServerVersion(major: 1, minor: 36, text: "v1.36.1"), at: 611) == .stream)
    }

    /// Completes the list in pages, and then loses the watch.
    private mutating func relist(at seconds: Int) {
        _ = machine.receivedPage(resourceVersion: "10", continueToken: nil, at: at(seconds))
        machine.watchFailed(.refused(APIStatus(code: 410)), at: at(seconds))
    }

    fileprivate enum Failure: CaseIterable {
        case cut, gone, damaged, forbidden, overloaded

        func happen(to machine: inout WatcherStateMachine, at now: ContinuousClock.Instant) {
            switch self {
            case .cut: machine.watchFailed(WatcherStateMachineStreamingTests.cut, at: now)
            case .gone: #expect(machine.received(.error(APIStatus(code: 410)), at: now) == .stop)
            case .damaged: #expect(machine.received(.damaged("x"), at: now) == .stop)
            case .forbidden: #expect(machine.received(.error(APIStatus(code: 403)), at: now) == .stop)
            case .overloaded: #expect(machine.received(.error(APIStatus(code: 429)), at: now) == .stop)
            }
        }
    }

    @Test(
        "starts over after a failure before the bookmark, and reads pages after a second one",
        arguments: Failure.allCases
    )
    fileprivate mutating func failures(failure: Failure) {
        for attempt in 1...2 {
            begin()
            #expect(receive(.change(.added, resourceVersion: "5")) == .add)
            failure.happen(to: &machine, at: at(attempt))
            #expect(isFailing)
            guard case .wait(let duration) = machine.nextStep(using: &random) else {
                Issue.record("there was no wait")
                return
            }
            #expect(duration > .zero)
        }
        #expect(next() == .list(continueToken: nil))
        relist(at: 3)
        #expect(next(at: 4) == .stream, "the next list is a stream again")
    }

    @Test("forgets failures once a list is complete")
    mutating func recovery() {
        for second in 1...5 {
            begin(at: second)
            machine.watchFailed(Self.cut, at: at(second))
            begin(at: second)
            #expect(receive(.initialEventsEnd(resourceVersion: "9"), at: second) == .complete(resourceVersion: "9"))
            #expect(receive(.error(APIStatus(code: 410)), at: second) == .stop)
        }
    }

    @Test("continues with a list whose objects are too large, also after its end")
    mutating func tooLarge() {
        let object = SkippedObject(key: NamespacedName(namespace: "n", name: "a"), resourceVersion: "20")
        var skimmer = SkippedLine.skimmer()
        let text = #"{"type":"ADDED","object":{"metadata":{"name":"a","namespace":"n","resourceVersion":"20"}}}"#
        Array(text.utf8).withUnsafeBytes { skimmer.feed($0) }
        let event = WatchEvent.tooLarge(SkippedLine(skimmer))
        begin()
        #expect(receive(event) == .skip(object))
        #expect(receive(.initialEventsEnd(resourceVersion: "10")) == .complete(resourceVersion: "10"))
        #expect(receive(event) == .skip(object))
        #expect(machine.status == .watching)
        machine.watchEnded(at: at(100))
        #expect(next() == .watch(resourceVersion: "20"), "the object is not sent again")
    }

    @Test("limits the number of deletions that it remembers")
    mutating func removals() {
        begin()
        for _ in 0..<WatcherStateMachine.maximumRemovals {
            #expect(receive(.change(.deleted, resourceVersion: "5")) == .remove)
        }
        #expect(receive(.change(.deleted, resourceVersion: "5")) == .stop)
        #expect(machine.nextStep(using: &random) == .list(continueToken: nil))
    }

    @Test("considers the list as new as the time of its request")
    mutating func staleSince() {
        begin(at: 5)
        #expect(receive(.initialEventsEnd(resourceVersion: "9"), at: 8) == .complete(resourceVersion: "9"))
        machine.watchFailed(Self.cut, at: at(9))
        #expect(machine.status == .failing(since: at(5), reason: "\(Self.cut)"))
    }
}
