package import CoreMetrics
internal import JSON
package import Kubernetes
package import KubernetesObjects
package import Logging
package import NIOCore
package import PodIdentity
internal import ServiceLifecycle
package import ServiceSupport
internal import Synchronization

/// Asks where the truth is for an object that the index does not have, or may have as it was.
package protocol AnnotationLookup: Sendable {
    /// Never fails; unavailable where nothing could be found out in time. Completes on the event loop given.
    ///
    /// - Parameters:
    ///   - name: with an empty namespace for an object that belongs to none.
    ///   - deadline: for this caller; the lookup may have less time.
    func lookUp(
        _ name: NamespacedName,
        until deadline: NIODeadline,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<DecisionInputs.Object>
}

/// Asks the API server for single objects: a pod may arrive before the watch has brought its ServiceAccount. `LookupQueue`
/// says which, and when. What is found enters the index.
package final class AnnotationLookups: AnnotationLookup, Service {
    private typealias Promise = EventLoopPromise<DecisionInputs.Object>

    private let resource: Resource
    private let client: APIClient
    private let annotationKeys: [String]
    private let index: AnnotationIndex
    private let timeout: Duration
    private let queue: Mutex<LookupQueue<Promise>>
    private let alarm = Alarm()
    private let metrics: LookupMetrics
    private let failures = Mutex(LogLimiter<String>(interval: .seconds(10), capacity: 16))
    private let logger: Logger

    /// - Parameters:
    ///   - timeout: of a lookup, from the moment in which it is asked.
    ///   - rateLimit: of the requests; one for which there is no token waits as long as its pods do.
    ///   - maximumWaiting: pods that wait; more do not.
    package init(
        _ resource: Resource,
        client: APIClient,
        annotationKeys: [String],
        index: AnnotationIndex,
        timeout: Duration,
        rateLimit: RateLimit,
        maximumWaiting: Int,
        factory: any MetricsFactory = NOOPMetricsHandler.instance,
        logger: Logger
    ) {
        self.resource = resource
        self.client = client
        self.annotationKeys = annotationKeys
        self.index = index
        self.timeout = timeout
        queue = Mutex(LookupQueue(rateLimit: rateLimit, limits: .init(waiting: maximumWaiting)))
        metrics = LookupMetrics(resource, factory: factory)
        self.logger = logger
    }

    // MARK: Waiting

    package func lookUp(
        _ name: NamespacedName,
        until deadline: NIODeadline,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<DecisionInputs.Object> {
        guard name.isValid else { return eventLoop.makeSucceededFuture(.absent) }
        let promise = eventLoop.makePromise(of: DecisionInputs.Object.self)
        let remaining = Duration.nanoseconds((deadline - NIODeadline.now()).nanoseconds)
        let kind = kind(of: name)
        let (ticket, givingWay) = queue.withLock { queue in
            queue.add(promise, for: name, kind, until: ContinuousClock.now + remaining)
        }
        if let givingWay { succeed(givingWay.waiter, for: givingWay.name, without: Self.tooMany) }
        guard let ticket else {
            succeed(promise, for: name, without: Self.tooMany)
            return promise.futureResult
        }
        alarm.ring()
        let timer = eventLoop.scheduleTask(deadline: deadline) { [self] in
            guard let promise = queue.withLock({ $0.giveUp(ticket) }) else { return }
            succeed(promise, for: name, without: Self.timedOut)
        }
        promise.futureResult.whenComplete { _ in timer.cancel() }
        return promise.futureResult
    }

    private static let timedOut = "the API server was not asked, or did not answer, in time"
    private static let tooMany = "too many pods wait for lookups"

    /// Without an answer of the API server. What was a role before the watch was interrupted is better than none.
    private func succeed(_ promise: Promise, for name: NamespacedName, without reason: String) {
        promise.succeed(index.lastKnown(name) ?? .unavailable(reason))
    }

    private func kind(of name: NamespacedName) -> LookupQueue<Promise>.Kind {
        if index.contains(name) { return .confirmation }
        return index.knows(namespace: name.namespace) ? .unknown : .unknownNamespace
    }

    // MARK: Asking

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                var isRunning = true
                while isRunning {
                    switch queue.withLock({ $0.next(at: .now) }) {
                    case .ask(let name): group.addTask { [self] in await ask(name) }
                    case .wait(let duration): isRunning = await alarm.wait(for: duration)
                    case .idle: isRunning = await alarm.wait()
                    }
                }
            }
        } onGracefulShutdown: { [alarm] in
            alarm.close()
        }
        for (name, promise) in queue.withLock({ $0.close() }) {
            succeed(promise, for: name, without: "the webhook is stopping")
        }
    }

    private func ask(_ name: NamespacedName) async {
        index.lookupBegins(name)
        let result = await withTaskGroup(of: DecisionInputs.Object.self) { group in
            group.addTask { [self] in await getTwice(name) }
            group.addTask { [timeout] in
                try? await Task.sleep(for: timeout)
                return .unavailable(Self.timedOut)
            }
            let first = await group.next() ?? .unavailable(Self.timedOut)
            group.cancelAll()
            return first
        }
        index.lookupEnds(name)
        metrics.ended(with: result)
        for promise in queue.withLock({ $0.finish(name) }) {
            if case .unavailable(let reason) = result {
                succeed(promise, for: name, without: reason)
            } else {
                promise.succeed(result)
            }
        }
        alarm.ring()
    }

    /// The connection that is at hand may be dead without anybody knowing, or be closed at this moment: without an answer
    /// in a quarter of the time the request goes over a new one too, and the first answer counts.
    private func getTwice(_ name: NamespacedName) async -> DecisionInputs.Object {
        await withTaskGroup(of: DecisionInputs.Object.self) { group in
            group.addTask { [self] in await get(name) }
            group.addTask { [self] in
                try? await Task.sleep(for: timeout / 4)
                guard !Task.isCancelled, queue.withLock({ $0.takeSpareToken(at: .now) }) else {
                    return .unavailable(Self.timedOut)
                }
                return await get(name, onNewConnection: true)
            }
            var result = DecisionInputs.Object.unavailable(Self.timedOut)
            for await answer in group {
                result = answer
                if case .unavailable = answer { continue }
                break
            }
            group.cancelAll()
            return result
        }
    }

    private func get(_ name: NamespacedName, onNewConnection: Bool = false) async -> DecisionInputs.Object {
        let path = resource.path(of: name)
        let accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json"
        var request = APIRequest(path: path, accept: accept)
        request.needsNewConnection = onNewConnection
        do throws(KubernetesError) {
            let response = try await client.send(request)
            let entry = try response.parse { root in
                AnnotationIndex.Entry(ObjectView(root).metadata, keeping: annotationKeys)
            }
            index.lookedUp(name, entry)
            return .known(entry.annotations)
        } catch {
            if error.isNotFound { return .absent }
            guard !Task.isCancelled else { return .unavailable(Self.timedOut) }
            log(error, name)
            return .unavailable("\(error)".cut(to: Warnings.maximumBytes))
        }
    }

    private func log(_ error: KubernetesError, _ name: NamespacedName) {
        // By the kind of error, whatever the name: whoever asks can make names up.
        guard let omitted = failures.withLock({ $0.occurred(error.kind, at: .now) }) else { return }
        logger.warning(
            "an object could not be looked up",
            metadata: [
                "resource": "\(resource.plural)", "name": "\(name)", "error": "\(error)", "omitted": "\(omitted)",
            ]
        )
    }
}
