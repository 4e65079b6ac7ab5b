/// Decides what a `Watcher` does next: a list, then one watch after the other from where the last one ended. The list is
/// the beginning of the first watch if the server can do that, else it comes in pages.
///
/// - Lists name no resource version: then the first page is the newest state, every later page is of the same moment,
///   and the server respects the limit (with version 0, older servers answer from their cache, all in one piece).
/// - A continue token that has expired comes with another one, with which the rest of the list is of a later moment.
///   It is used once; the watch starts at the version of the first page, so that nothing in between is missed.
/// - Resource versions are opaque, but if both are numbers an event never sets the version back.
struct WatcherStateMachine {
    struct Listing: Equatable {
        /// The token of the next page.
        var continueToken: String?
        /// The version of the first page; nil until it has come.
        var resourceVersion: String?
        var usedOfferedToken = false
        /// When the first page came; the list shows that moment or an earlier one.
        var start: ContinuousClock.Instant?
    }

    struct Watch: Equatable {
        var resourceVersion: String
        var start: ContinuousClock.Instant
        /// When the last line came.
        var lastLine: ContinuousClock.Instant
    }

    enum State: Equatable {
        /// A list is needed; the version of the server decides how it is read.
        case choosing
        /// The list comes with a watch; nil until the server has accepted it.
        case streaming(Streaming?)
        case listing(Listing)
        case listed(resourceVersion: String)
        case watching(Watch)
    }

    enum Step: Equatable {
        case askVersion
        /// A watch that begins with the list.
        case stream
        case list(continueToken: String?)
        case watch(resourceVersion: String)
        case wait(Duration)
    }

    var state = State.choosing
    var status = WatchStatus.listing
    /// Decides between a stream and pages.
    var streams = StreamingSupport()
    private var backoff: Backoff
    /// A watch that lasts so long ends a series of failures.
    private let healthyAfter: Duration
    /// How long to wait at least before the next step, as the server asked; nil for no wait.
    var pause: Duration?
    /// When changes began to be missing. It stays until an event, or time, shows that a new watch really goes on: a watch
    /// from a version that is too old may be accepted first.
    var staleSince: ContinuousClock.Instant?
    /// The version at which a watch was last given up. If it is the same again, resuming there does not help.
    private var lastGivenUpVersion: String?

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
        case .choosing: return .askVersion
        case .streaming: return .stream
        case .listing(let listing): return .list(continueToken: listing.continueToken)
        case .listed(let version): return .watch(resourceVersion: version)
        case .watching(let watch): return .watch(resourceVersion: watch.resourceVersion)
        }
    }
}

// MARK: The list

extension WatcherStateMachine {
    enum PageAction: Equatable {
        /// Hand the page over. It is the first one of a replacement if `begins` is true, and the last one if `endsAt` has
        /// the version of the list.
        case take(begins: Bool, endsAt: String?)
        case drop
    }

    mutating func receivedPage(
        resourceVersion: String?,
        continueToken: String?,
        at now: ContinuousClock.Instant
    ) -> PageAction {
        guard case .listing(var listing) = state else { return .drop }
        guard let version = listing.resourceVersion ?? resourceVersion, !version.isEmpty else {
            listFailed(.malformedAnswer("a list has no resource version"), at: now)
            return .drop
        }
        let begins = listing.resourceVersion == nil
        if let continueToken, !continueToken.isEmpty {
            listing.continueToken = continueToken
            listing.resourceVersion = version
            listing.start = listing.start ?? now
            state = .listing(listing)
            return .take(begins: begins, endsAt: nil)
        }
        state = .listed(resourceVersion: version)
        streams.listed()
        let start = listing.start ?? now
        staleSince = start
        if case .failing(_, let reason) = status { status = .failing(since: start, reason: reason) }
        return .take(begins: begins, endsAt: version)
    }

    /// A page that did not come is asked for again, unless its token is useless.
    mutating func listFailed(_ error: KubernetesError, at now: ContinuousClock.Instant) {
        guard case .listing(var listing) = state else { return }
        fail(since: now, reason: "\(error)")
        pause = error.retryAfter ?? .zero
        guard listing.continueToken != nil else {
            state = .choosing
            return
        }
        guard case .refused(let status) = error else { return }
        if status.code == 410, let offered = status.continueToken, !listing.usedOfferedToken {
            listing.continueToken = offered
            listing.usedOfferedToken = true
            state = .listing(listing)
            pause = nil
            return
        }
        if status.code == 410 || Recovery(status) == .retryThenRelist { state = .choosing }
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
            giveUp(.retryThenRelist, .malformedAnswer(reason), at: now)
        case .error(let status):
            giveUp(Recovery(status), .refused(status), at: now)
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
        case .refused(let status): giveUp(Recovery(status), error, at: now)
        case .answerTooLarge, .malformedAnswer: giveUp(.retryThenRelist, error, at: now)
        default: giveUp(.retry, error, at: now)
        }
    }

    /// The server has ended the watch in order, as it does after the time that was asked for.
    mutating func watchEnded(at now: ContinuousClock.Instant) {
        if case .streaming = state {
            fallBackToPages("the API server ended the list before it was complete", at: now)
            return
        }
        guard case .watching(let watch) = state else { return }
        let lasted = now - watch.start
        if lasted >= healthyAfter {
            backoff.reset()
            lastGivenUpVersion = nil
        }
        guard lasted < .seconds(1) else {
            staleSince = nil
            return
        }
        pause = .zero
        if watch.lastLine == watch.start { fail(since: now, reason: "the API server ends every watch at once") }
    }

    private var resourceVersion: String? {
        switch state {
        case .choosing, .streaming, .listing: nil
        case .listed(let version): version
        case .watching(let watch): watch.resourceVersion
        }
    }

    private mutating func advance(to version: String) {
        guard case .watching(var watch) = state else { return }
        staleSince = nil
        lastGivenUpVersion = nil
        if let old = UInt64(watch.resourceVersion), let new = UInt64(version), new < old { return }
        watch.resourceVersion = version
        state = .watching(watch)
    }

    /// Ends the watch: the next one resumes where this one was, or a new list is made.
    private mutating func giveUp(_ recovery: Recovery, _ error: KubernetesError, at now: ContinuousClock.Instant) {
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
        let isRepeated = lastGivenUpVersion != nil && lastGivenUpVersion == resourceVersion
        lastGivenUpVersion = recovery == .retryThenRelist ? resourceVersion : nil
        if recovery == .relist || (recovery == .retryThenRelist && isRepeated) {
            state = .choosing
            lastGivenUpVersion = nil
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
private enum Recovery: Equatable {
    case retry
    /// Retry once, then list again: the server may not know this version at all, as after a restore of its store.
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
