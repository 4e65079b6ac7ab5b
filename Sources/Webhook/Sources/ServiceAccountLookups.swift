internal import JSON
package import Kubernetes
package import Logging
package import NIOCore
package import PodIdentity
internal import ServiceLifecycle
internal import Synchronization

/// Asks the API server for single ServiceAccounts: a pod may arrive before the watch has brought its account. One
/// request is made however many pods wait for it, and only so many a second. What is found enters the index.
package final class ServiceAccountLookups: ServiceAccountLookup, Service {
    private let client: APIClient
    private let annotationKeys: [String]
    private let index: ServiceAccountIndex
    private let gracePeriod: Duration
    private let rateLimit: Mutex<RateLimit>
    private let metrics: WebhookMetrics
    private let logger: Logger

    private let waiting = Mutex<[NamespacedName: [EventLoopPromise<Sources.ServiceAccount>]]>([:])
    private let requests: AsyncStream<NamespacedName>
    private let submit: AsyncStream<NamespacedName>.Continuation

    /// - Parameters:
    ///   - gracePeriod: how long a pod waits.
    ///   - rateLimit: of the requests; one that has to wait for its turn does so within the grace period.
    package init(
        client: APIClient,
        annotationKeys: [String],
        index: ServiceAccountIndex,
        gracePeriod: Duration,
        rateLimit: RateLimit,
        metrics: WebhookMetrics = .none,
        logger: Logger
    ) {
        self.client = client
        self.annotationKeys = annotationKeys
        self.index = index
        self.gracePeriod = gracePeriod
        self.rateLimit = Mutex(rateLimit)
        self.metrics = metrics
        self.logger = logger
        (requests, submit) = AsyncStream.makeStream()
    }

    package func lookUp(_ name: NamespacedName, on eventLoop: any EventLoop) -> EventLoopFuture<Sources.ServiceAccount>
    {
        guard Self.canExist(name) else { return eventLoop.makeSucceededFuture(.absent) }
        let promise = eventLoop.makePromise(of: Sources.ServiceAccount.self)
        let isFirst = waiting.withLock { waiting in
            waiting[name, default: []].append(promise)
            return waiting[name]?.count == 1
        }
        if isFirst, case .terminated = submit.yield(name) { finish(name, .unavailable("the webhook is stopping")) }
        return promise.futureResult
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for await name in requests {
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
    private static func canExist(_ name: NamespacedName) -> Bool {
        [name.namespace, name.name].allSatisfy { text in
            !text.isEmpty && text.utf8.count <= 253 && !text.hasPrefix(".")
                && text.utf8.allSatisfy {
                    switch $0 {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                    default: $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
                    }
                }
        }
    }

    private func ask(_ name: NamespacedName) async -> Sources.ServiceAccount {
        await withTaskGroup(of: Sources.ServiceAccount.self) { group in
            group.addTask { [self] in await getInTurn(name) }
            group.addTask { [gracePeriod] in
                try? await Task.sleep(for: gracePeriod)
                return .unavailable("the API server did not answer in time")
            }
            let first = await group.next() ?? .unknown
            group.cancelAll()
            return first
        }
    }

    private func getInTurn(_ name: NamespacedName) async -> Sources.ServiceAccount {
        let delay = rateLimit.withLock { $0.reserve(at: .now) }
        if delay > .zero {
            do {
                try await Task.sleep(for: delay)
            } catch {
                return .unavailable("too many ServiceAccounts are being looked up")
            }
        }
        let found = await get(name)
        if case .known(let annotations) = found { index.add(name, annotations) }
        return found
    }

    private func get(_ name: NamespacedName) async -> Sources.ServiceAccount {
        let path = "/api/v1/namespaces/\(name.namespace)/serviceaccounts/\(name.name)"
        let accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json"
        do throws(KubernetesError) {
            let response = try await client.get(path, accept: accept)
            return .known(try annotations(in: Array(response.body.readableBytesView)))
        } catch {
            if error.isNotFound { return .absent }
            logger.warning(
                "a ServiceAccount could not be looked up",
                metadata: ["service_account": "\(name)", "error": "\(error)"]
            )
            return .unavailable("\(error)")
        }
    }

    private func annotations(in body: [UInt8]) throws(KubernetesError) -> Annotations {
        do {
            return try JSONParser().parse(body) { ObjectView($0).metadata.annotations(annotationKeys) }
        } catch {
            throw .malformedAnswer("\(error)")
        }
    }

    private func finish(_ name: NamespacedName, _ result: Sources.ServiceAccount) {
        let promises = waiting.withLock { $0.removeValue(forKey: name) } ?? []
        for promise in promises { promise.succeed(result) }
    }
}
