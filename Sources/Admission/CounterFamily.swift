internal import CoreMetrics
internal import Prometheus
internal import Synchronization

/// The counters of one metric, made as their labels occur.
final class CounterFamily<Key: Hashable & Sendable>: Sendable {
    /// How many counters there may be. The labels come from the operator's configuration, which may change often.
    private static var capacity: Int { 1000 }

    private let definition: MetricDefinition
    private let factory: any MetricsFactory
    private let counters = Mutex<[Key: Counter]>([:])

    init(_ definition: MetricDefinition, in factory: any MetricsFactory) {
        self.definition = definition
        self.factory = factory
    }

    /// - Parameter values: The values of the definition's labels, in their order.
    func increment(_ key: Key, _ values: (Key) -> [String]) {
        let counter: Counter? = counters.withLock { counters in
            if let counter = counters[key] { return counter }
            guard counters.count < Self.capacity else { return nil }
            let counter = definition.counter(Array(zip(definition.labels, values(key))), in: factory)
            counters[key] = counter
            return counter
        }
        counter?.increment()
    }
}
