package import Logging

/// Lists and watches the objects of one kind for as long as the task runs, and hands what it finds to a `WatchHandler`.
/// It never gives up: a server that cannot be reached is asked again.
package struct Watcher: Sendable {
    package struct Options: Sendable {
        /// The objects a page of the list has at most.
        package var pageSize = 500
        /// The time after which the server ends a watch; each watch takes a random one, so that many clients do not
        /// come back at once.
        package var watchSeconds = 300...600
        /// How long a watch may be silent. The API server sends a bookmark about once a minute.
        package var idleTimeout = Duration.seconds(120)
        /// How long a watch that begins with the list may be silent before the list is complete.
        package var initialEventsTimeout = Duration.seconds(30)
        package var backoff = Backoff()
        /// A watch that lasted so long ends a series of failures.
        package var healthyAfter = Duration.seconds(60)

        package init() {}
    }

    let resource: Resource
    let client: APIClient
    let handler: any WatchHandler
    let options: Options
    let logger: Logger

    package init(
        _ resource: Resource,
        client: APIClient,
        handler: any WatchHandler,
        options: Options = Options(),
        logger: Logger
    ) {
        self.resource = resource
        self.client = client
        self.handler = handler
        self.options = options
        var logger = logger
        logger[metadataKey: "resource"] = "\(resource.path)"
        self.logger = logger
    }

    /// Ends when the task is cancelled, without an error.
    package func run() async throws {
        var random = SystemRandomNumberGenerator()
        var run = WatcherRun(self)
        while !Task.isCancelled {
            let step = run.machine.nextStep(using: &random)
            run.reportStatus()
            switch step {
            case .askVersion: await run.askVersion()
            case .stream: await run.stream(seconds: .random(in: options.watchSeconds, using: &random))
            case .list(let token): await run.list(continueToken: token)
            case .watch(let version):
                await run.watch(from: version, seconds: .random(in: options.watchSeconds, using: &random))
            case .wait(let delay):
                logger.debug("waiting", metadata: ["delay": "\(delay)"])
                try? await Task.sleep(for: delay)
            }
        }
    }
}
