internal import JSON
package import Kubernetes
package import Logging
package import NIOCore
package import PodIdentity
internal import ServiceLifecycle
internal import Synchronization

/// Asks where the truth is for an object that the index does not have.
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
    ) -> EventLoopFuture<Sources.Object>
}

/// Asks the API server for single objects: a pod may arrive before the watch has brought its ServiceAccount. One request
/// is made however many pods wait for it, and only so many a second. What is found enters the index.
package final class AnnotationLookups: AnnotationLookup, Service {
    /// More pods than this do not wait.
    private static let maximumWaiting = 4096
    /// Lookups at the same time, each with a connection of its own.
    private static let maximumConcurrent = 256

    private let resource: Resource
    private let client: APIClient
    private let annotationKeys: [String]
    private let index: AnnotationIndex
    private let gracePeriod: Duration
    private let rateLimit: Mutex<RateLimit>
    private let metrics: LookupMetrics
    private let logger: Logger

    private struct Waiting {
        var promises: [NamespacedName: [EventLoopPromise<Sources.Object>]] = [:]
        var count = 0
    }

    private let waiting = Mutex(Waiting())
    private let requests: AsyncStream<NamespacedName>
    private let submit: AsyncStream<NamespacedName>.Continuation

    /// - Parameters:
    ///   - gracePeriod: how long a pod waits.
    ///   - rateLimit: of the requests; one that has to wait for its turn does so within the grace period.
    package init(
        _ resource: Resource,
        client: APIClient,
        annotationKeys: [String],
        index: AnnotationIndex,
        gracePeriod: Duration,
        rateLimit: RateLimit,
        metrics: WebhookMetrics = .none,
        logger: Logger
    ) {
        self.resource = resource
        self.client = client
        self.annotationKeys = annotationKeys
        self.index = index
        self.gracePeriod = gracePeriod
        self.rateLimit = Mutex(rateLimit)
        self.metrics = LookupMetrics(resource, metrics)
        self.logger = logger
        (requests, submit) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.maximumWaiting))
    }

    package func lookUp(
        _ name: NamespacedName,
        until deadline: NIODeadline,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<Sources.Object> {
        guard canExist(name) else { return eventLoop.makeSucceededFuture(.absent) }
        let promise = eventLoop.makePromise(of: Sources.Object.self)
        let isFirst: Bool? = waiting.withLock { waiting in
            guard waiting.count < Self.maximumWaiting else { return nil }
            waiting.count += 1
            waiting.promises[name, default: []].append(promise)
            return waiting.promises[name]?.count == 1
        }
        guard let isFirst else {
            promise.succeed(.unavailable("too many pods wait for lookups"))
            return promise.futureResult
        }
        guard isFirst else { return promise.futureResult.orUnavailable(after: deadline) }
        switch submit.yield(name) {
        case .enqueued: break
        case .terminated: finish(name, .unavailable("the webhook is stopping"))
        default: finish(name, .unavailable("too many pods wait for lookups"))
        }
        return promise.futureResult.orUnavailable(after: deadline)
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                var running = 0
                for await name in requests {
                    if running < Self.maximumConcurrent { running += 1 } else { await group.next() }
                    group.addTask { [self] in
                        let result = await ask(name)
                        metrics.lookedUp(result)
                        finish(name, result)
                    }
                }
            }
        } onGracefulShutdown: { [submit] in
            submit.finish()
        }
    }

    /// Names that Kubernetes gives to ServiceAccounts and namespaces (RFC 1123 subdomains). Others would make another
    /// path of the request.
    private func canExist(_ name: NamespacedName) -> Bool {
        let texts = name.namespace.isEmpty ? [name.name] : [name.namespace, name.name]
        return texts.allSatisfy { text in
            !text.isEmpty && text.utf8.count <= 253 && !text.hasPrefix(".")
                && text.utf8.allSatisfy {
                    switch $0 {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                    default: $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
                    }
                }
        }
    }

    private func ask(_ name: NamespacedName) async -> Sources.Object {
        await withTaskGroup(of: Sources.Object.self) { group in
            group.addTask { [self] in await getInTurn(name) }
            group.addTask { [gracePeriod] in
                try? await Task.sleep(for: gracePeriod)
                return .unavailable(AnnotationLookups.timedOut)
            }
            let first = await group.next() ?? .unavailable(Self.timedOut)
            group.cancelAll()
            return first
        }
    }

    fileprivate static let timedOut = "the API server did not answer in time"

    private func getInTurn(_ name: NamespacedName) async -> Sources.Object {
        let delay = rateLimit.withLock { $0.reserve(at: .now) }
        if delay > .zero {
            do {
                try await Task.sleep(for: delay)
            } catch {
                return .unavailable("too many of them are being looked up")
            }
        }
        return await getTwice(name)
    }

    /// The connection that is at hand may be dead without anybody knowing, or be closed at this moment: without an answer
    /// in a quarter of the time the request goes over a new one too, and the first answer counts.
    private func getTwice(_ name: NamespacedName) async -> Sources.Object {
        await withTaskGroup(of: Sources.Object.self) { group in
            group.addTask { [self] in await get(name) }
            group.addTask { [self] in
                try? await Task.sleep(for: gracePeriod / 4)
                return Task.isCancelled ? .unavailable(Self.timedOut) : await get(name, onNewConnection: true)
            }
            var result = Sources.Object.unavailable(Self.timedOut)
            for await answer in group {
                result = answer
                if case .unavailable = answer { continue }
                break
            }
            group.cancelAll()
            return result
        }
    }

    private func get(_ name: NamespacedName, onNewConnection: Bool = false) async -> Sources.Object {
        let path = resource.path(of: ObjectKey(namespace: name.namespace, name: name.name))
        let accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json"
        var request = APIRequest(path: path, accept: accept)
        request.needsNewConnection = onNewConnection
        do throws(KubernetesError) {
            let response = try await client.send(request)
            let entry = try entry(in: Array(response.body.readableBytesView))
            index.set(name, entry)
            return .known(entry.annotations)
        } catch {
            if error.isNotFound { return .absent }
            guard !Task.isCancelled else { return .unavailable(Self.timedOut) }
            logger.warning(
                "an object could not be looked up",
                metadata: ["resource": "\(resource.plural)", "name": "\(name)", "error": "\(error)"]
            )
            return .unavailable("\(error)")
        }
    }

    private func entry(in body: [UInt8]) throws(KubernetesError) -> AnnotationIndex.Entry {
        do {
            return try JSONParser().parse(body) { .init(ObjectView($0).metadata, keeping: annotationKeys) }
        } catch {
            throw .malformedAnswer("\(error)")
        }
    }

    private func finish(_ name: NamespacedName, _ result: Sources.Object) {
        let promises = waiting.withLock { waiting in
            let promises = waiting.promises.removeValue(forKey: name) ?? []
            waiting.count -= promises.count
            return promises
        }
        for promise in promises { promise.succeed(result) }
    }
}

extension EventLoopFuture<Sources.Object> {
    /// The same, or unavailable if it is not there at the deadline.
    fileprivate func orUnavailable(after deadline: NIODeadline) -> EventLoopFuture<Sources.Object> {
        let promise = eventLoop.makePromise(of: Sources.Object.self)
        // Of two results the first counts; both come on the event loop.
        let timeout = eventLoop.scheduleTask(deadline: deadline) {
            promise.succeed(.unavailable(AnnotationLookups.timedOut))
        }
        whenSuccess { result in
            timeout.cancel()
            promise.succeed(result)
        }
        return promise.futureResult
    }
}
