package import CoreMetrics
package import Kubernetes
package import KubernetesObjects
package import Logging
package import PodIdentity
internal import ServiceLifecycle
package import ServiceSupport
internal import Synchronization

/// Keeps the configuration of a provider up to date by watching its ConfigMap. If the ConfigMap is deleted, the
/// configuration becomes empty; if its text cannot be used, the previous one stays in use.
package final class ConfigMapFeed: Service, WatchHandler {
    private let source: ProviderConfigurationSource
    private let resource: Resource
    private let client: APIClient
    private let store: ConfigurationStore
    private let readiness: Readiness
    private let metrics: WatchMetrics
    private let logger: Logger
    /// What the list that is being read says about the ConfigMap.
    private let listed = Mutex(Listed())

    private struct Listed {
        var texts: [ConfigurationText]?
        /// Whether the ConfigMap exists but is too large to be read.
        var isTooLarge = false
    }

    /// Fails if the configuration is not in a ConfigMap.
    package init?(
        _ source: ProviderConfigurationSource,
        client: APIClient,
        store: ConfigurationStore,
        readiness: Readiness,
        factory: any MetricsFactory = NOOPMetricsHandler.instance,
        logger: Logger
    ) {
        guard let name = source.place.configMap else { return nil }
        self.source = source
        resource = Resource.configMap(namespace: name.namespace, name: name.name)
        self.client = client
        self.store = store
        self.readiness = readiness
        metrics = WatchMetrics(resource, factory: factory)
        self.logger = logger
        readiness.fail(unread: source)
        store.observe { [readiness, store] in readiness.passIfRead(source, store) }
    }

    package func run() async throws {
        let watcher = Watcher(resource, client: client, handler: self, logger: logger)
        try await cancelWhenGracefulShutdown { try await watcher.run() }
    }

    // MARK: WatchHandler

    package func beginReplacement() { listed.withLock { $0 = Listed() } }

    package func add(_ object: ObjectView) {
        let texts = texts(object)
        listed.withLock { $0 = Listed(texts: texts) }
    }

    package func remove(_ object: ObjectView) { listed.withLock { $0 = Listed() } }

    package func endReplacement(resourceVersion: String) {
        let listed = listed.withLock { $0 }
        guard !listed.isTooLarge else { return }
        update(listed.texts)
    }

    package func skip(_ object: SkippedObject) {
        metrics.objectSkipped()
        listed.withLock { $0.isTooLarge = true }
        readiness.explain(.configMap, part: "\(source.place)", "it is too large to be read")
    }

    package func apply(_ change: WatchChange, _ object: ObjectView) {
        update(change == .deleted ? nil : texts(object))
    }

    private func texts(_ object: ObjectView) -> [ConfigurationText]? {
        switch source.place {
        case .configMap(_, let key): object.data(key).map { [ConfigurationText($0)] }
        case .wholeConfigMap:
            object.data(where: ConfigurationText.isYAML).map { ConfigurationText(name: $0.key, $0.text) }
                .sorted { $0.name < $1.name }
        case .file, .files: nil
        }
    }

    private func update(_ texts: [ConfigurationText]?) {
        store.update(source, texts: texts, logger: logger)
        let place = source.place
        readiness.explain(.configMap, part: "\(place)", "\(place) has been read, and waits for the lists")
        readiness.passIfRead(source, store)
    }

    package func statusChanged(_ status: WatchStatus) {
        metrics.statusChanged(status)
        guard case .failing(_, let reason) = status else { return }
        readiness.explain(.configMap, part: "\(source.place)", reason)
    }

    package func restarts(_ reason: WatchRestart) { metrics.restarted(reason) }
}
