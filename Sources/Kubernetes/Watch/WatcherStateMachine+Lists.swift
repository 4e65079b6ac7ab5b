extension WatcherStateMachine {
    /// The server's cache is asked for a list if at least this many objects remain after the first page.
    static let longRemainder = 1000

    enum PageAction: Equatable {
        /// Pass the page to the handler: as the first one of a replacement if `begins`, as the last one if `endsAt` is
        /// the version of the list.
        case deliver(begins: Bool, endsAt: String?)
        case drop
    }

    /// - Parameters:
    ///   - remaining: The number of objects on later pages; nil if the server does not report it. Kubernetes 1.20 does
    ///     not report it for metadata.
    ///   - takesProvisionalLists: Whether a list from the server's cache is useful.
    mutating func receivedPage(
        resourceVersion: String?,
        continueToken: String?,
        remaining: Int? = nil,
        takesProvisionalLists: Bool = false,
        at now: ContinuousClock.Instant
    ) -> PageAction {
        guard case .listing(var listing) = state else { return .drop }
        guard let version = listing.resourceVersion ?? resourceVersion, !version.isEmpty else {
            listFailed(.malformedAnswer("a list has no resource version"), at: now)
            return .drop
        }
        let begins = listing.resourceVersion == nil
        let isLong = continueToken?.isEmpty == false && remaining ?? .max >= Self.longRemainder
        if begins, isLong, takesProvisionalLists, !listing.hasAskedCache {
            state = .listingCached(newest: version, start: now)
            return .drop
        }
        if let continueToken, !continueToken.isEmpty {
            listing.continueToken = continueToken
            listing.resourceVersion = version
            listing.start = listing.start ?? now
            state = .listing(listing)
            return .deliver(begins: begins, endsAt: nil)
        }
        listCompleted(version, asOf: listing.start ?? now)
        return .deliver(begins: begins, endsAt: version)
    }

    private mutating func listCompleted(_ version: String, asOf start: ContinuousClock.Instant) {
        state = .listed(resourceVersion: version)
        streamingSupport.listCompleted()
        staleSince = start
        if case .failing(_, let reason) = status { status = .failing(since: start, reason: reason) }
    }

    /// A page could not be read. It is requested again, unless its token cannot be used any more.
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

// MARK: The server's cache

// Pages come from etcd, which takes seconds if there are very many objects: the server reads and decodes each of them. Its
// watch cache has them at hand. But what it answers may be old, and nothing in the answer says how old: a cache moves on
// with the changes of its own resource, so in a busy cluster its version is nearly always behind the newest one, even if no
// change is missing. Servers before 1.31 do not ask etcd whether one is; asked for a list "not older than" the newest version,
// they wait for three seconds and refuse.
//
// So a list from the cache is provisional, unless its version is the newest one. The objects in it are looked up when it
// matters, and the list is read once more in pages.

extension WatcherStateMachine {
    enum CachedListAction: Equatable {
        /// The list is as recent as one in pages would be.
        case complete
        /// The list may be used until one in pages is complete.
        case provisional
        case drop
    }

    mutating func receivedCachedList(_ metadata: ListMeta, at now: ContinuousClock.Instant) -> CachedListAction {
        guard case .listingCached(let newest, let start) = state else { return .drop }
        guard let version = metadata.resourceVersion, !version.isEmpty, metadata.continueToken == nil else {
            cachedListFailed()
            return .drop
        }
        if let reached = UInt64(version), let newest = UInt64(newest), reached >= newest {
            listCompleted(version, asOf: start)
            return .complete
        }
        state = .listing(Listing(hasAskedCache: true))
        return .provisional
    }

    /// The cache was not useful, for whatever reason; pages are used instead.
    mutating func cachedListFailed() {
        if case .listingCached = state { state = .listing(Listing(hasAskedCache: true)) }
    }
}
