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

/// Looks up an object that is not in the index, or may be out of date in it.
package protocol AnnotationLookup: Sendable {
    /// Looks up an object. The future completes on the given event loop and never fails; its value is `unavailable` if
    /// there was no result in time.
    ///
    /// - Parameters:
    ///   - name: The name of the object, with an empty namespace if the object is cluster-scoped.
    ///   - deadline: The time until which this caller waits; the lookup itself may have less time.
    func lookUp(
        _ name: NamespacedName,
        until deadline: NIODeadline,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<DecisionInputs.Object>
}

/// Looks up single objects in the API server, because a pod may arrive before the watch has reported its
/// ServiceAccount. `LookupQueue` decides which object is looked up, and when. The results are added to the index.
package final class AnnotationLookups: AnnotationLookup, Service {
    private typealias Promise = EventLoopPromise<DecisionInputs.Object>

    private let resource: Resource
    private let client: APIClient
    private let store: ConfigurationStore
    private let index: AnnotationIndex
    private let timeout: Duration
    private let queue: Mutex<LookupQueue<Promise>>
    private let alarm = Alarm()
    private let metrics: LookupMetrics
    private let failures = FailureLogLimiter()
    private let logger: Logger

    /// - Parameters:
    ///   - store: Says what to keep of the objects.
    ///   - timeout: The time that a lookup may take once it has started.
    ///   - rateLimit: The limit on requests; a lookup without a token waits for one as long as its pods wait.
    ///   - maximumWaiting: The maximum number of pods that may wait.
    package init(
        _ resource: Resource,
        client: APIClient,
        store: ConfigurationStore,
        index: AnnotationIndex,
        timeout: Duration,
        rateLimit: RateLimit,
        maximumWaiting: Int,
        factory: any MetricsFactory = NOOPMetricsHandler.instance,
        logger: Logger
    ) {
        self.resource = resource
        self.client = client
        self.store = store
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
        let (ticket, evicted) = queue.withLock { queue in
            queue.add(promise, for: name, kind, until: ContinuousClock.now + remaining)
        }
        if let evicted { fail(evicted.waiter, for: evicted.name, Self.tooMany) }
        guard let ticket else {
            fail(promise, for: name, Self.tooMany)
            return promise.futureResult
        }
        alarm.ring()
        let timer = eventLoop.scheduleTask(deadline: deadline) { [self] in
            guard let promise = queue.withLock({ $0.cancel(ticket) }) else { return }
            fail(promise, for: name, Self.timedOut)
        }
        promise.futureResult.whenComplete { _ in timer.cancel() }
        return promise.futureResult
    }

    private static let timedOut = "the API server did not answer in time"
    private static let tooMany = "too many pods are waiting for lookups"

    /// Completes a lookup without a result. A role from before the watch was interrupted is better than none.
    private func fail(_ promise: Promise, for name: NamespacedName, _ reason: String) {
        promise.succeed(index.lastKnown(name, since: store.current.keysRevision) ?? .unavailable(reason))
    }

    private func kind(of name: NamespacedName) -> LookupQueue<Promise>.Kind {
        if index.contains(name) { return .confirmation }
        return index.hasObjects(inNamespace: name.namespace) ? .unknown : .unknownNamespace
    }

    // MARK: Looking up

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                var isRunning = true
                while isRunning {
                    switch queue.withLock({ $0.next(at: .now) }) {
                    case .lookUp(let name): group.addTask { [self] in await performLookup(name) }
                    case .wait(let duration): isRunning = await alarm.wait(for: duration)
                    case .idle: isRunning = await alarm.wait()
                    }
                }
            }
        } onGracefulShutdown: { [alarm] in
            alarm.close()
        }
        for (name, promise) in queue.withLock({ $0.close() }) {
            fail(promise, for: name, "the webhook is stopping")
        }
    }

    private func performLookup(_ name: NamespacedName) async {
        index.beginLookup(name)
        let result = await withTaskGroup(of: DecisionInputs.Object.self) { group in
            group.addTask { [self] in await getHedged(name) }
            group.addTask { [timeout] in
                try? await Task.sleep(for: timeout)
                return .unavailable(Self.timedOut)
            }
            let first = await group.next() ?? .unavailable(Self.timedOut)
            group.cancelAll()
            return first
        }
        index.endLookup(name)
        metrics.record(result)
        for promise in queue.withLock({ $0.finish(name) }) {
            if case .unavailable(let reason) = result {
                fail(promise, for: name, reason)
            } else {
                promise.succeed(result)
            }
        }
        alarm.ring()
    }

    /// Sends a hedged request: a pooled connection may be dead or about to be closed, so if there is no response within a
    /// quarter of the timeout, the request is also sent on a new connection, and the first usable response counts.
    private func getHedged(_ name: NamespacedName) async -> DecisionInputs.Object {
        await withTaskGroup(of: DecisionInputs.Object.self) { group in
            group.addTask { [self] in await get(name) }
            group.addTask { [self] in
                try? await Task.sleep(for: timeout / 4)
                guard !Task.isCancelled, queue.withLock({ $0.takeTokenForRetry(at: .now) }) else {
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
                AnnotationIndex.Entry(ObjectView(root).metadata, of: resource, keeping: store.keys)
            }
            index.setLookedUp(name, entry)
            return .known(entry.annotations)
        } catch {
            if error.isNotFound { return .absent }
            guard !Task.isCancelled else { return .unavailable(Self.timedOut) }
            let object: Logger.Metadata = [
                "resource": "\(resource.plural)", "namespace": "\(name.namespace)", "name": "\(name.name)",
            ]
            if let metadata = failures.metadata(of: error, object) {
                logger.warning("an object could not be looked up", metadata: metadata)
            }
            return .unavailable("\(error)".cut(to: Warnings.maximumBytes))
        }
    }
}
