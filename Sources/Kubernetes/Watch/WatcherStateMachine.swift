/// Decides what a `Watcher` does next: a list, then one watch after the other, each from where the last one ended. If
/// the server supports it, the list is the beginning of the first watch; otherwise it is read in pages.
///
/// - Lists in pages do not name a resource version. The first page then has the newest state, every later page has the
///   same state, and the server respects the limit. See `WatcherStateMachine+Lists.swift` for when the server's watch
///   cache is asked before.
/// - The answer to a continue token that has expired contains another one, which gives the rest of the list in a later
///   state. It is used once. The watch starts at the version of the first page, so that no change in between is missed.
/// - Resource versions are opaque, but if both are numbers an event never sets the version back.
struct WatcherStateMachine {
    struct Listing: Equatable {
        /// The token of the next page.
        var continueToken: String?
        /// Whether the server's cache has been asked for this list.
        var hasAskedCache = false
        /// The version of the first page; nil until that has come.
        var resourceVersion: String?
        var usedOfferedToken = false
        /// When the first page came; the list has the state of that time or an earlier one.
        var start: ContinuousClock.Instant?
    }

    struct Watch: Equatable {
        var resourceVersion: String
        var start: ContinuousClock.Instant
        /// When the last line came.
        var lastLine: ContinuousClock.Instant
    }

    enum State: Equatable {
        /// A list is needed, and the server's version decides how it is read.
        case choosing
        /// The list comes as a stream; nil until the server has accepted the watch.
        case streaming(Streaming?)
        /// The list comes from the server's cache; `newest` is the version that the server had when it was asked.
        case listingCached(newest: String, start: ContinuousClock.Instant)
        case listing(Listing)
        case listed(resourceVersion: String)
        case watching(Watch)
    }

    enum Step: Equatable {
        case requestVersion
        /// A watch that begins with the list.
        case stream
        /// The whole list as it is in the server's cache.
        case listCached
        case list(continueToken: String?)
        case watch(resourceVersion: String)
        case wait(Duration)
    }

    var state = State.choosing
    var status = WatchStatus.listing
    var streamingSupport = StreamingSupport()
    private var backoff: Backoff
    /// A watch that lasted this long ends a series of failures.
    private let healthyAfter: Duration
    /// If set, there is a wait before the next step, for at least this time, which the server asked for.
    var pause: Duration?
    /// Since when changes may be missing. It stays set until an event, or enough time, shows that a new watch really
    /// works: the server may accept a watch from a version that is too old before it ends it.
    var staleSince: ContinuousClock.Instant?
    /// The version at which the last watch failed. If the next one fails there too, resuming does not help.
    private var failedVersion: String?

    init(backoff: Backoff = Backoff(), healthyAfter: Duration = .seconds(60)) {
        self.backoff = backoff
        self.healthyAfter = healthyAfter
    }

    mutating func nextStep(using random: inout some RandomNumberGenerator) -> Step {
        if let pause {
            self.pause = nil
            return .wait(backoff.next(atLeast: pause, using: &random))
        }
        switch state {
        case .choosing: return .requestVersion
        case .streaming: return .stream
        case .listingCached: return .listCached
        case .listing(let listing): return .list(continueToken: listing.continueToken)
        case .listed(let version): return .watch(resourceVersion: version)
        case .watching(let watch): return .watch(resourceVersion: watch.resourceVersion)
        }
    }
}

// MARK: The watch

extension WatcherStateMachine {
    enum EventAction: Equatable {
        case apply(WatchChange)
        /// Add the object to the list.
        case add
        /// Remove the object from the list.
        case remove
        /// The list is complete.
        case complete(resourceVersion: String)
        /// The object is too large.
        case skip(SkippedObject)
        case none
        /// Close this watch and ask for the next step.
        case stop
    }

    /// The server has accepted the watch.
    mutating func watchStarted(at now: ContinuousClock.Instant) {
        guard let version = resourceVersion else { return }
        state = .watching(Watch(resourceVersion: version, start: now, lastLine: now))
        status = .watching
    }

    mutating func received(_ event: WatchEvent, at now: ContinuousClock.Instant) -> EventAction {
        if case .streaming(let streaming?) = state { return received(event, of: streaming, at: now) }
        guard case .watching(var watch) = state else { return .stop }
        watch.lastLine = now
        state = .watching(watch)
        switch event {
        case .change(let change, let version):
            advance(to: version)
            return .apply(change)
        case .bookmark(let version), .initialEventsEnd(let version):
            advance(to: version)
            return .none
        case .tooLarge(let line):
            if let version = line.object.resourceVersion { advance(to: version) }
            return .skip(line.object)
        case .damaged(let reason):
            endWatch(.retryThenRelist, .malformedAnswer(reason), at: now)
        case .error(let status):
            endWatch(Recovery(status), .refused(status), at: now)
        }
        return .stop
    }

    /// The watch could not be started, or it broke.
    mutating func watchFailed(_ error: KubernetesError, at now: ContinuousClock.Instant) {
        if case .streaming(let streaming) = state {
            streamFailed(error, streaming, at: now)
            return
        }
        switch error {
        case .refused(let status): endWatch(Recovery(status), error, at: now)
        case .answerTooLarge, .malformedAnswer: endWatch(.retryThenRelist, error, at: now)
        default: endWatch(.retry, error, at: now)
        }
    }

    /// The server has ended the watch normally, as it does after the requested time.
    mutating func watchEnded(at now: ContinuousClock.Instant) {
        if case .streaming = state {
            fallBackToPages("the API server ended the list before it was complete", at: now)
            return
        }
        guard case .watching(let watch) = state else { return }
        let lasted = now - watch.start
        if lasted >= healthyAfter {
            backoff.reset()
            failedVersion = nil
        }
        guard lasted < .seconds(1) else {
            staleSince = nil
            return
        }
        pause = .zero
        if watch.lastLine == watch.start { fail(since: now, reason: "the API server ends every watch at once") }
    }

    /// Reads the list again, though nothing has failed. If that fails, changes are missing since now.
    mutating func listAgain(at now: ContinuousClock.Instant) {
        if resourceVersion != nil { staleSince = staleSince ?? now }
        (state, failedVersion) = (.choosing, nil)
    }

    private var resourceVersion: String? {
        switch state {
        case .choosing, .streaming, .listingCached, .listing: nil
        case .listed(let version): version
        case .watching(let watch): watch.resourceVersion
        }
    }

    private mutating func advance(to version: String) {
        guard case .watching(var watch) = state else { return }
        staleSince = nil
        failedVersion = nil
        if let old = UInt64(watch.resourceVersion), let new = UInt64(version), new < old { return }
        watch.resourceVersion = version
        state = .watching(watch)
    }

    /// Ends the watch. The next one resumes where this one was, or a new list is read.
    private mutating func endWatch(_ recovery: Recovery, _ error: KubernetesError, at now: ContinuousClock.Instant) {
        var brokenSince = now
        if case .watching(let watch) = state {
            let wasHealthy = now - watch.start >= healthyAfter
            if wasHealthy { backoff.reset() }
            if case .timedOut = error {
                brokenSince = watch.lastLine
            } else if wasHealthy {
                staleSince = nil
            }
        }
        fail(since: brokenSince, reason: "\(error)")
        let failedAgain = failedVersion != nil && failedVersion == resourceVersion
        failedVersion = recovery == .retryThenRelist ? resourceVersion : nil
        if recovery == .relist || (recovery == .retryThenRelist && failedAgain) {
            state = .choosing
            failedVersion = nil
        } else if let resourceVersion {
            state = .listed(resourceVersion: resourceVersion)
        }
        if recovery != .relist || backoff.failures > 0 {
            pause = error.retryAfter ?? .zero
        } else {
            backoff.countFailure()
        }
    }

    mutating func fail(since: ContinuousClock.Instant, reason: String) {
        if case .failing(let earlier, _) = status {
            staleSince = earlier
        } else {
            staleSince = staleSince ?? since
        }
        status = .failing(since: staleSince ?? since, reason: reason)
    }
}

/// How to recover from a refusal.
enum Recovery: Equatable {
    case retry
    /// Retry once, then list again: the server may not know this version at all, for example because etcd was restored.
    case retryThenRelist
    case relist

    init(_ status: APIStatus) {
        switch status.code {
        case 410: self = .relist
        case 401, 403, 408, 429, 500, 502, 503: self = .retry
        default: self = .retryThenRelist
        }
    }
}

extension KubernetesError {
    var retryAfter: Duration? {
        if case .refused(let status) = self { status.retryAfter } else { nil }
    }
}
