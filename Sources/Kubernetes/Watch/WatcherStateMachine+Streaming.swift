// The list as the beginning of a watch: an event for each object, also for those that change meanwhile, then a bookmark
// that says that the list is complete; from there the watch goes on. Nothing of the list counts before that bookmark.

extension WatcherStateMachine {
    struct Streaming: Equatable {
        /// Before the server was asked: the list is no older than that.
        var start: ContinuousClock.Instant
        /// The objects that were deleted since; whoever keeps the list has to remember them.
        var removals = 0
    }

    /// A list with more deletions under way than this is read in pages.
    static let maximumRemovals = 10_000

    /// - Parameter version: nil for a server that does not say.
    mutating func answered(_ version: ServerVersion?, at now: ContinuousClock.Instant) {
        guard case .choosing = state else { return }
        state = streams.isWorthwhile(version, at: now) ? .streaming(nil) : .listing(Listing())
    }

    /// The version could not be had. A server that refuses to say is asked for pages, which need no version.
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
    /// - Parameter moment: before it was asked.
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
        case .bookmark: useNoStream("the API server sent a bookmark before the list was complete", at: now)
        case .damaged(let reason): streamFailed(.malformedAnswer(reason), streaming, at: now)
        case .error(let status): streamFailed(.refused(status), streaming, at: now)
        }
        return .stop
    }

    private mutating func removed(from streaming: Streaming, at now: ContinuousClock.Instant) -> EventAction {
        guard streaming.removals < Self.maximumRemovals else {
            useNoStream("more than \(Self.maximumRemovals) objects were deleted during a list", at: now)
            return .stop
        }
        state = .streaming(Streaming(start: streaming.start, removals: streaming.removals + 1))
        return .remove
    }

    /// - Parameter streaming: nil for a watch that was not accepted.
    mutating func streamFailed(_ error: KubernetesError, _ streaming: Streaming?, at now: ContinuousClock.Instant) {
        let isRefusal =
            switch error {
            case .refused(let status): [400, 405, 406, 415, 422, 501].contains(status.code)
            // Silence instead of the bookmark: the server does not know that it is awaited.
            case .timedOut: streaming != nil
            default: false
            }
        guard !isRefusal else {
            useNoStream("\(error)", at: now)
            return
        }
        fail(since: now, reason: "\(error)")
        pause = error.retryAfter ?? .zero
        streams.failed()
        state = .choosing
    }

    /// The list is made in pages, at once.
    mutating func useNoStream(_ reason: String, at now: ContinuousClock.Instant) {
        streams.refused(reason, at: now)
        state = .listing(Listing())
    }
}
