internal import JSON
internal import KubernetesObjects
internal import Logging
internal import NIOCore

/// Performs the steps of `WatcherStateMachine` during a call of `Watcher.run`.
struct WatcherRun {
    private let watcher: Watcher
    private let parser = JSONParser()
    private var pages: PageReader
    private var skipLog: SkipLog
    private var reported: WatchStatus?
    /// When the log last had a line about a failure.
    private var lastFailure = ContinuousClock.now
    private var listStart = ContinuousClock.now
    var machine: WatcherStateMachine

    init(_ watcher: Watcher, _ machine: WatcherStateMachine) {
        self.watcher = watcher
        self.machine = machine
        pages = PageReader(watcher.resource, client: watcher.client, pageSize: watcher.options.pageSize)
        skipLog = SkipLog(limit: watcher.client.maximumResponseBytes, logger: watcher.logger)
    }

    private var handler: any WatchHandler { watcher.handler }
    private var logger: Logger { watcher.logger }

    mutating func reportStatus() {
        let status = machine.status
        if case .failing(let since, let reason) = status { logFailure(since, reason) }
        guard status != reported else { return }
        switch (reported, status) {
        case (_, .failing): break
        case (.failing, .watching): logger.notice("the watch has resumed")
        default: logger.debug("the status of the watch has changed", metadata: ["status": "\(status)"])
        }
        reported = status
        handler.statusChanged(status)
    }

    /// A lasting failure is logged at intervals.
    private mutating func logFailure(_ since: ContinuousClock.Instant, _ reason: String) {
        let now = ContinuousClock.now
        if case .failing(_, reason) = reported, now - lastFailure < watcher.options.logInterval { return }
        lastFailure = now
        logger.warning(
            "the watch is interrupted",
            metadata: ["error": "\(reason)", "duration": .stringConvertible(now - since)]
        )
    }

    mutating func requestVersion() async {
        do {
            let answer = try await watcher.client.get("/version")
            machine.versionReceived(try answer.parse { try ServerVersion($0) }, at: .now)
        } catch {
            guard !Task.isCancelled else { return }
            logger.debug("the API server's version could not be read", metadata: ["error": "\(error)"])
            machine.versionFailed(error, at: .now)
            if case .choosing = machine.state { handler.restarts(WatchRestart(error)) }
        }
    }

    // MARK: A list in pages

    mutating func list(continueToken: String?) async {
        do {
            switch try await pages.read(continueToken: continueToken) {
            case .whole(let body): try body.parse(with: parser) { try process(page: $0) }
            case .tooLarge(let page):
                process(page.metadata) { run in run.skip(page.object) }
            }
        } catch {
            guard !Task.isCancelled else { return }
            machine.listFailed(error, at: .now)
            handler.restarts(WatchRestart(error))
        }
    }

    /// Reads the list from the server's cache, one object at a time.
    mutating func listCached() async {
        let deadline = ContinuousClock.now + watcher.options.cachedListTimeout
        do {
            var list = try await watcher.client.list(watcher.resource.cachedListRequest())
            beginList()
            loop: while true {
                switch try await list.next(until: deadline) {
                case .object(let bytes): try bytes.parse(with: parser) { handler.add(ObjectView($0)) }
                case .tooLarge(let object): skip(object)
                case .end(let envelope):
                    process(cachedList: try envelope.parse(with: parser) { try ListMeta($0) })
                    return
                case nil: break loop
                }
            }
            logger.info("listing from the API server's cache timed out; listing in pages")
        } catch {
            guard !Task.isCancelled else { return }
            logger.info("listing from the API server's cache failed; listing in pages", metadata: ["error": "\(error)"])
        }
        machine.cachedListFailed()
    }

    private mutating func process(cachedList metadata: ListMeta) {
        let action = machine.receivedCachedList(metadata, at: .now)
        guard let version = metadata.resourceVersion else { return }
        switch action {
        case .complete: endList(version)
        case .provisional: handler.endProvisionalReplacement(resourceVersion: version)
        case .drop: break
        }
    }

    private mutating func process(page: JSONValue) throws(KubernetesError) {
        process(try ListMeta(page)) { run in
            page["items"]?.elements.forEach { run.handler.add(ObjectView($0)) }
        }
    }

    private mutating func process(_ metadata: ListMeta, objects: (inout WatcherRun) -> Void = { _ in }) {
        let action = machine.receivedPage(
            resourceVersion: metadata.resourceVersion,
            continueToken: metadata.continueToken,
            remaining: metadata.remaining,
            takesProvisionalLists: handler.wantsProvisionalList,
            at: .now
        )
        guard case .deliver(let begins, let version) = action else { return }
        if begins { beginList() }
        objects(&self)
        if let version { endList(version) }
    }

    private mutating func beginList() {
        listStart = .now
        handler.beginReplacement()
    }

    private mutating func endList(_ version: String) {
        handler.endReplacement(resourceVersion: version)
        let duration = ContinuousClock.now - listStart
        logger.debug(
            "the list is complete",
            metadata: ["resource_version": "\(version)", "duration": .stringConvertible(duration)]
        )
    }

    // MARK: A watch

    /// Reads a watch that begins with the list.
    mutating func stream(seconds: Int) async {
        let start = ContinuousClock.now
        let timeout = watcher.options.initialEventsTimeout
        await follow(watcher.resource.streamRequest(timeoutSeconds: seconds), idleTimeout: timeout) { run in
            run.machine.streamStarted(askedAt: start)
            run.beginList()
        }
        guard case .listing = machine.state, let refusal = machine.streamingSupport.refusal else { return }
        logger.info(
            "the API server does not stream this list; listing in pages",
            metadata: ["error": "\(refusal.reason)"]
        )
    }

    mutating func watch(from version: String, seconds: Int) async {
        let request = watcher.resource.watchRequest(resourceVersion: version, timeoutSeconds: seconds)
        await follow(request, idleTimeout: watcher.options.idleTimeout) { run in
            run.machine.watchStarted(at: .now)
            run.reportStatus()
        }
    }

    private mutating func follow(
        _ request: APIRequest,
        idleTimeout: Duration,
        started: (inout WatcherRun) -> Void
    ) async {
        do {
            var lines = try await watcher.client.stream(request, idleTimeout: idleTimeout)
            started(&self)
            while let line = try await lines.next() {
                switch process(line: line) {
                case .stop: return
                case .complete:
                    lines.setIdleTimeout(watcher.options.idleTimeout)
                    reportStatus()
                default: break
                }
            }
            machine.watchEnded(at: .now)
            handler.restarts(.ended)
        } catch {
            guard !Task.isCancelled else { return }
            machine.watchFailed(error, at: .now)
            handler.restarts(WatchRestart(error))
        }
    }

    private mutating func process(line: LineSplitter.Line) -> WatcherStateMachine.EventAction {
        switch line {
        case .tooLong(let line): return process(.tooLarge(line), nil)
        case .whole(let bytes):
            do throws(KubernetesError) {
                return try bytes.parse(with: parser) { root in process(WatchEvent(root), root["object"]) }
            } catch {
                return process(.damaged("a line of the watch: \(error)"), nil)
            }
        }
    }

    private mutating func process(_ event: WatchEvent, _ object: JSONValue?) -> WatcherStateMachine.EventAction {
        let action = machine.received(event, at: .now)
        switch action {
        case .none: break
        case .stop: if let reason = WatchRestart(event) { handler.restarts(reason) }
        case .complete(let version): endList(version)
        case .skip(let object): skip(object)
        case .add: if let object { handler.add(ObjectView(object)) }
        case .remove: if let object { handler.remove(ObjectView(object)) }
        case .apply(let change): if let object { handler.apply(change, ObjectView(object)) }
        }
        return action
    }

    private mutating func skip(_ object: SkippedObject) {
        skipLog.log(object, at: .now)
        handler.skip(object)
    }
}
