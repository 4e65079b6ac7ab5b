package import Logging

/// Lists and watches objects for as long as the task runs, and passes them to a `WatchHandler`. It tries again as long
/// as the server cannot be reached.
package struct Watcher: Sendable {
    package struct Options: Sendable {
        /// The maximum number of objects in a page of the list.
        package var pageSize = 500
        /// The longest time that a list from the API server's cache may take; the API server itself gives up after a minute.
        package var cachedListTimeout = Duration.seconds(60)
        /// The seconds after which the server ends a watch. Each watch takes a random number of them, so that many
        /// clients do not return at once.
        package var watchSeconds = 300...600
        /// How long a watch may be silent. The API server sends a bookmark about once a minute.
        package var idleTimeout = Duration.seconds(120)
        /// How long a watch that begins with the list may be silent before the list is complete.
        package var initialEventsTimeout = Duration.seconds(30)
        package var backoff = Backoff()
        /// A watch that lasted this long ends a series of failures.
        package var healthyAfter = Duration.seconds(60)
        /// The time between two log lines about a watch that keeps failing for the same reason.
        package var logInterval = Duration.seconds(600)

        package init() {}
    }

    let resource: Resource
    let client: APIClient
    let handler: any WatchHandler
    let options: Options
    let logger: Logger
    private let listAgain: ListAgain?

    /// Returns a number when the list must be read again although nothing has failed; nil if the task is cancelled. It
    /// is given the number that it last returned, or 0.
    package typealias ListAgain = @Sendable (UInt64) async -> UInt64?

    package init(
        _ resource: Resource,
        client: APIClient,
        handler: any WatchHandler,
        options: Options = Options(),
        logger: Logger,
        listAgain: ListAgain? = nil
    ) {
        self.resource = resource
        self.client = client
        self.handler = handler
        self.options = options
        self.listAgain = listAgain
        var logger = logger
        logger[metadataKey: "resource"] = "\(resource.plural)"
        if let namespace = resource.namespace { logger[metadataKey: "namespace"] = "\(namespace)" }
        self.logger = logger
    }

    /// Returns when the task is cancelled, without an error.
    package func run() async throws {
        var machine = WatcherStateMachine(backoff: options.backoff, healthyAfter: options.healthyAfter)
        guard let listAgain else {
            _ = await run(machine)
            return
        }
        var reason: UInt64 = 0
        while !Task.isCancelled {
            (machine, reason) = await run(machine, until: { [reason] in await listAgain(reason) }, reason)
            machine.listAgain(at: .now)
        }
    }

    /// Runs until the task is cancelled, or the list must be read again.
    private func run(
        _ start: WatcherStateMachine,
        until listAgain: @escaping @Sendable () async -> UInt64?,
        _ last: UInt64
    ) async -> (WatcherStateMachine, UInt64) {
        enum End: Sendable {
            case stopped(WatcherStateMachine)
            case listAgain(UInt64?)
        }
        return await withTaskGroup(of: End.self) { group in
            group.addTask { .stopped(await run(start)) }
            group.addTask { .listAgain(await listAgain()) }
            var (machine, reason) = (start, last)
            for await end in group {
                switch end {
                case .stopped(let state): machine = state
                case .listAgain(let number): reason = number ?? reason
                }
                group.cancelAll()
            }
            return (machine, reason)
        }
    }

    /// Runs until the task is cancelled.
    private func run(_ machine: WatcherStateMachine) async -> WatcherStateMachine {
        var random = SystemRandomNumberGenerator()
        var run = WatcherRun(self, machine)
        while !Task.isCancelled {
            let step = run.machine.nextStep(using: &random)
            run.reportStatus()
            switch step {
            case .requestVersion: await run.requestVersion()
            case .stream: await run.stream(seconds: .random(in: options.watchSeconds, using: &random))
            case .listCached: await run.listCached()
            case .list(let token): await run.list(continueToken: token)
            case .watch(let version):
                await run.watch(from: version, seconds: .random(in: options.watchSeconds, using: &random))
            case .wait(let delay):
                logger.debug("waiting before the next request", metadata: ["delay": .stringConvertible(delay)])
                try? await Task.sleep(for: delay)
            }
        }
        return run.machine
    }
}
