internal import JSON
package import Logging
internal import NIOCore

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
        package var backoff = Backoff()
        /// A watch that lasted so long ends a series of failures.
        package var healthyAfter = Duration.seconds(60)

        package init() {}
    }

    private let resource: Resource
    private let client: APIClient
    private let handler: any WatchHandler
    private let options: Options
    private let logger: Logger

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
        var run = Run(self)
        while !Task.isCancelled {
            let step = run.machine.nextStep(using: &random)
            run.reportStatus()
            switch step {
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

extension Watcher {
    /// The state of one call of `run`.
    private struct Run {
        private let watcher: Watcher
        private let parser = JSONParser()
        private var reported: WatchStatus?
        private var listStart = ContinuousClock.now
        var machine: WatcherStateMachine

        init(_ watcher: Watcher) {
            self.watcher = watcher
            machine = WatcherStateMachine(
                backoff: watcher.options.backoff,
                healthyAfter: watcher.options.healthyAfter
            )
        }

        private var handler: any WatchHandler { watcher.handler }
        private var logger: Logger { watcher.logger }

        mutating func reportStatus() {
            let status = machine.status
            guard status != reported else { return }
            switch (reported, status) {
            case (.failing(_, let before), .failing(_, let reason)) where before == reason: break
            case (_, .failing(_, let reason)):
                logger.warning("the watch is interrupted", metadata: ["reason": "\(reason)"])
            case (.failing, .watching): logger.notice("the watch goes on")
            default: logger.debug("the watch has another status", metadata: ["status": "\(status)"])
            }
            reported = status
            handler.statusChanged(status)
        }

        mutating func list(continueToken: String?) async {
            let request = watcher.resource.listRequest(
                limit: watcher.options.pageSize,
                continueToken: continueToken
            )
            do {
                let body = try await watcher.client.send(request).body
                try take(page: body)
            } catch {
                guard !Task.isCancelled else { return }
                machine.listFailed(error, at: .now)
                handler.restarts(WatchRestart(error))
            }
        }

        private mutating func take(page: ByteBuffer) throws(KubernetesError) {
            let parser = parser
            do {
                try page.withUnsafeReadableBytes { bytes in try parser.parse(bytes) { root in take(page: root) } }
            } catch {
                throw .malformedAnswer("a page of the list: \(error)")
            }
        }

        private mutating func take(page: JSONValue) {
            let metadata = page["metadata"]
            let action = machine.receivedPage(
                resourceVersion: metadata?["resourceVersion"]?.string,
                continueToken: metadata?["continue"]?.string,
                at: .now
            )
            guard case .take(let begins, let version) = action else { return }
            if begins {
                listStart = .now
                handler.beginReplacement()
            }
            handler.add(ObjectPage(page["items"]))
            guard let version else { return }
            handler.endReplacement(resourceVersion: version)
            let duration = ContinuousClock.now - listStart
            logger.debug("the list is complete", metadata: ["version": "\(version)", "duration": "\(duration)"])
        }

        mutating func watch(from version: String, seconds: Int) async {
            let request = watcher.resource.watchRequest(resourceVersion: version, timeoutSeconds: seconds)
            do {
                let idleTimeout = watcher.options.idleTimeout
                var lines = try await watcher.client.stream(request, idleTimeout: idleTimeout)
                machine.watchStarted(at: .now)
                reportStatus()
                while let line = try await lines.next() {
                    guard take(line: line) else { return }
                }
                machine.watchEnded(at: .now)
                handler.restarts(.ended)
            } catch {
                guard !Task.isCancelled else { return }
                machine.watchFailed(error, at: .now)
                handler.restarts(WatchRestart(error))
            }
        }

        /// Whether the watch goes on.
        private mutating func take(line: ByteBuffer) -> Bool {
            let parser = parser
            do {
                return try line.withUnsafeReadableBytes { bytes in try parser.parse(bytes) { root in take(event: root) }
                }
            } catch {
                return take(.damaged("a line of the watch: \(error)"), nil)
            }
        }

        private mutating func take(event: JSONValue) -> Bool { take(WatchEvent(event), event["object"]) }

        private mutating func take(_ event: WatchEvent, _ object: JSONValue?) -> Bool {
            switch machine.received(event, at: .now) {
            case .none: return true
            case .stop:
                if let reason = WatchRestart(event) { handler.restarts(reason) }
                return false
            case .apply(let change):
                if let object { handler.apply(change, ObjectView(object)) }
                return true
            }
        }
    }
}
