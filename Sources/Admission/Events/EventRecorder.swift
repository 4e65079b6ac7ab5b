package import ClusterState
internal import Glibc
internal import JSON
package import Kubernetes
package import KubernetesObjects
package import Logging
internal import NIOCore
internal import NIOHTTP1
internal import PodIdentity
package import Prometheus
internal import ServiceLifecycle
internal import ServiceSupport
internal import Synchronization

/// Receives each response to a review, on the event loop that sends it.
package protocol AdmissionEvents: Sendable {
    func record(_ response: AdmissionResponse)
}

/// Writes Events about ServiceAccounts whose pods should have an identity but got none, for users who do not see
/// warnings because a controller creates their pods. Dry runs do not cause Events.
package final class EventRecorder: AdmissionEvents, Service {
    private let client: APIClient
    private let serviceAccounts: AnnotationIndex
    private let aggregator = Mutex(EventAggregator())
    private let alarm = Alarm()
    private let failures = FailureLogLimiter()
    private let logger: Logger

    /// - Parameters:
    ///   - serviceAccounts: The ServiceAccounts that are known to exist; Events about them take priority.
    ///   - registry: Exports how many Events are dropped.
    package init(client: APIClient, serviceAccounts: AnnotationIndex, registry: PrometheusRegistry, logger: Logger) {
        self.client = client
        self.serviceAccounts = serviceAccounts
        self.logger = logger
        registry.onScrape { [self] registry in EventMetrics.set(aggregator.withLock { $0.drops }, in: registry) }
    }

    package func record(_ response: AdmissionResponse) {
        for key in Self.keys(response) { record(key) }
    }

    /// The Events for a response: one for each cloud whose identity the pod lacks.
    static func keys(_ response: AdmissionResponse) -> [EventAggregator.Key] {
        let parts = response.result.parts
        // Most responses need no Event, so the name is checked last.
        guard !response.isDryRun, parts.contains(where: { $0.reason.leavesPodWithoutIdentity }),
            let account = response.serviceAccount, account.isValid
        else { return [] }
        return parts.prefix(AdmissionResponse.maximumParts).compactMap { part in
            guard part.reason.leavesPodWithoutIdentity,
                let text = EventMessage.text(part.reason, malformation: part.malformation)
            else { return nil }
            let message = parts.count > 1 ? "\(part.cloud): \(text)" : text
            return EventAggregator.Key(account: account, reason: part.reason.eventReason, message: message)
        }
    }

    /// Records that existing pods lack the identity that their ServiceAccount specifies.
    ///
    /// - Parameter message: One of a few fixed texts, each of which has its own Event.
    package func recordPodsWithoutIdentity(of account: NamespacedName, _ message: String) {
        guard account.isValid else { return }
        record(EventAggregator.Key(account: account, reason: "PodsWithoutIdentity", message: message))
    }

    private func record(_ key: EventAggregator.Key) {
        let isKnown = serviceAccounts.contains(key.account)
        aggregator.withLock { $0.record(key, isKnown: isKnown, time: Glibc.time(nil), at: .now) }
        alarm.ring()
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                switch self.aggregator.withLock({ $0.nextAction(at: .now) }) {
                case .write(let key, let occurrence): await self.write(key, occurrence)
                case .wait(let duration): _ = await self.alarm.wait(for: duration)
                case .idle: _ = await self.alarm.wait()
                }
            }
        }
    }

    private func write(_ key: EventAggregator.Key, _ occurrence: EventAggregator.Occurrence) async {
        do throws(KubernetesError) {
            if let name = occurrence.name {
                try await update(key, occurrence, name)
            } else {
                try await create(key, occurrence)
            }
        } catch {
            let isGone = occurrence.name != nil && error.isNotFound
            aggregator.withLock { isGone ? $0.eventNotFound(key) : $0.writeFailed(key) }
            guard !isGone else { return }
            let event: Logger.Metadata = [
                "namespace": "\(key.account.namespace)", "service_account": "\(key.account.name)",
                "event_reason": "\(key.reason)",
            ]
            if let metadata = failures.metadata(of: error, event) {
                logger.warning("an Event could not be written", metadata: metadata)
            }
        }
    }

    private func create(
        _ key: EventAggregator.Key,
        _ occurrence: EventAggregator.Occurrence
    ) async throws(KubernetesError) {
        let uid: String?
        do throws(KubernetesError) {
            uid = try await self.uid(of: key.account)
        } catch {
            if error.isNotFound {
                aggregator.withLock { $0.forget(key) }
                return
            }
            // The Event may be about the very fact that the ServiceAccount cannot be read.
            uid = nil
        }
        let event = EventObject(key: key, occurrence: occurrence, uid: uid)
        let path = "/api/v1/namespaces/\(key.account.namespace)/events"
        _ = try await client.send(APIRequest(.POST, path: path, body: ("application/json", event.body)))
        aggregator.withLock { $0.eventCreated(key, name: event.name) }
    }

    private func update(
        _ key: EventAggregator.Key,
        _ occurrence: EventAggregator.Occurrence,
        _ name: String
    ) async throws(KubernetesError) {
        let path = "/api/v1/namespaces/\(key.account.namespace)/events/\(name)"
        let patch = EventObject(key: key, occurrence: occurrence, uid: nil).patch
        _ = try await client.send(APIRequest(.PATCH, path: path, body: ("application/merge-patch+json", patch)))
    }

    /// The UID of a ServiceAccount, by which `kubectl describe` finds its Events.
    private func uid(of account: NamespacedName) async throws(KubernetesError) -> String? {
        try await client.get(Resource.serviceAccounts.path(of: account)).parse { ObjectView($0).metadata.uid?.string }
    }
}
