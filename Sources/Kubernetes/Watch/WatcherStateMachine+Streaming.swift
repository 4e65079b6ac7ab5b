// A list can be the beginning of a watch: an event for each object, and for those that change meanwhile, then a
// bookmark when the list is complete, after which the watch goes on. The list must not be used before that bookmark.

extension WatcherStateMachine {
    struct Streaming: Equatable {
        /// A time before the request; the list is not older than that.
        var start: ContinuousClock.Instant
        /// How many objects were deleted since; the handler has to remember them.
        var removals = 0
    }

    /// A list during which more objects are deleted than this is read in pages.
    static let maximumRemovals = 10_000

    /// - Parameter version: The version of the server; nil if it does not report one.
    mutating func versionReceived(_ version: ServerVersion?, at now: ContinuousClock.Instant) {
        guard case .choosing = state else { return }
        state = streamingSupport.shouldStream(version, at: now) ? .streaming(nil) : .listing(Listing())
    }

    /// The version could not be read. A server that refuses to report it is asked for pages, which need no version.
    mutating func versionFailed(_ error: KubernetesError, at now: ContinuousClock.Instant) {
        switch error {
        case .refused, .malformedAnswer, .answerTooLarge: versionReceived(nil, at: now)
        default:
            fail(since: now, reason: "\(error)")
            pause = .zero
        }
    }

    /// The server has accepted the watch that begins with the list.
    ///
    /// - Parameter moment: A time before the request.
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
            streamingSupport.listCompleted()
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

    /// - Parameter streaming: Nil if the server has not accepted the watch.
    mutating func streamFailed(_ error: KubernetesError, _ streaming: Streaming?, at now: ContinuousClock.Instant) {
        let isRefusal =
            switch error {
            case .refused(let status): [400, 405, 406, 415, 422, 501].contains(status.code)
            // Silence instead of the bookmark means that the server does not know that one is expected.
            case .timedOut: streaming != nil
            default: false
            }
        guard !isRefusal else {
            fallBackToPages("\(error)", at: now)
            return
        }
        fail(since: now, reason: "\(error)")
        pause = error.retryAfter ?? .zero
        streamingSupport.streamFailed()
        state = .choosing
    }

    /// Starts the list again at once, in pages.
    mutating func fallBackToPages(_ reason: String, at now: ContinuousClock.Instant) {
        streamingSupport.refused(reason, at: now)
        state = .listing(Listing())
    }
}
