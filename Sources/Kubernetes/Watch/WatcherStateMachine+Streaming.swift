// The list is the beginning of a watch: there is an event for each object, and for each change meanwhile, and then a
// bookmark that marks the list as complete; from there the watch goes on. Nothing of the list counts before that bookmark.

extension WatcherStateMachine {
    struct Streaming: Equatable {
        /// A moment before the server was asked: the list is not older than that.
        var start: ContinuousClock.Instant
        /// The number of objects that were deleted since; whoever keeps the list has to remember them.
        var removals = 0
    }

    /// A list during which more objects are deleted is read in pages.
    static let maximumRemovals = 10_000

    /// - Parameter version: The version of the server; nil if it does not say.
    mutating func answered(_ version: ServerVersion?, at now: ContinuousClock.Instant) {
        guard case .choosing = state else { return }
        state = streams.isWorthwhile(version, at: now) ? .streaming(nil) : .listing(Listing())
    }

    /// The server did not tell its version. If it refuses to, the list is read in pages, which every version can do.
    mutating func versionFailed(_ error: KubernetesError, at now: ContinuousClock.Instant) {
        switch error {
        case .refused, .malformedAnswer, .answerTooLarge: answered(nil, at: now)
        default:
            fail(since: now, reason: "\(error)")
            pause = .zero
        }
    }

    /// The server has accepted the watch that begins with the list.
    ///
    /// - Parameter moment: A moment before the server was asked.
    mutating func streamStarted(askedAt moment: ContinuousClock.Instant) {
        guard case .streaming = state else { return }
        state = .streaming(Streaming(start: moment))
    }

    mutating func received(
        _ event: WatchEvent,
        of streaming: Streaming,
        at now: ContinuousClock.Instant
    ) -> EventAction {
        switch event {
        case .change(.added, _), .change(.modified, _): return .add
        case .change(.deleted, _): return removed(from: streaming, at: now)
        case .tooLarge(let line): return .skip(line.object)
        case .initialEventsEnd(let version):
            state = .watching(Watch(resourceVersion: version, start: now, lastLine: now))
            status = .watching
            staleSince = streaming.start
            streams.listed()
            return .complete(resourceVersion: version)
        case .bookmark: fallBackToPages("the API server sent a bookmark before the list was complete", at: now)
        case .damaged(let reason): streamFailed(.malformedAnswer(reason), streaming, at: now)
        case .error(let status): streamFailed(.refused(status), streaming, at: now)
        }
        return .stop
    }

    private mutating func removed(from streaming: Streaming, at now: ContinuousClock.Instant) -> EventAction {
        guard streaming.removals < Self.maximumRemovals else {
            fallBackToPages("more than \(Self.maximumRemovals) objects were deleted during a list", at: now)
            return .stop
        }
        state = .streaming(Streaming(start: streaming.start, removals: streaming.removals + 1))
        return .remove
    }

    /// - Parameter streaming: Nil for a watch that was not accepted.
    mutating func streamFailed(_ error: KubernetesError, _ streaming: Streaming?, at now: ContinuousClock.Instant) {
        let isRefusal =
            switch error {
            case .refused(let status): [400, 405, 406, 415, 422, 501].contains(status.code)
            // A server that is silent instead of sending the bookmark does not know that one is awaited.
            case .timedOut: streaming != nil
            default: false
            }
        guard !isRefusal else {
            fallBackToPages("\(error)", at: now)
            return
        }
        fail(since: now, reason: "\(error)")
        pause = error.retryAfter ?? .zero
        streams.failed()
        state = .choosing
    }

    /// The list is read in pages instead, without a wait.
    mutating func fallBackToPages(_ reason: String, at now: ContinuousClock.Instant) {
        streams.refused(reason, at: now)
        state = .listing(Listing())
    }
}
