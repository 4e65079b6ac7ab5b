/// The counters of one metric that one event loop counts with, made as their labels occur.
///
/// They are searched from behind the one that was found last: what an event loop counts comes in much the same order again and
/// again, so that the first one looked at is nearly always the one.
package struct LocalCounters<Key> {
    @usableFromInline let definition: MetricDefinition
    @usableFromInline let registry: PrometheusRegistry
    @usableFromInline var counters: [(key: Key, cell: CounterCell)] = []
    @usableFromInline var next = 0

    @inlinable package init(_ definition: MetricDefinition, in registry: PrometheusRegistry) {
        self.definition = definition
        self.registry = registry
    }

    /// Increments the counter whose key matches, if there is one.
    @inlinable package mutating func increment(where matches: (Key) -> Bool) -> Bool {
        let count = counters.count
        var index = next
        for _ in 0..<count {
            if index >= count { index = 0 }
            if matches(counters[index].key) {
                counters[index].cell.increment()
                next = index + 1
                return true
            }
            index += 1
        }
        return false
    }

    /// Makes a counter and increments it. No more are made than a metric may have series.
    ///
    /// - Parameter values: The values of the definition's labels, in their order.
    package mutating func incrementNew(_ key: Key, _ values: [String]) {
        guard counters.count < PrometheusRegistry.maximumSeries else { return }
        let cell = registry.counterCell(definition, Array(zip(definition.labels, values)))
        cell.increment()
        counters.append((key, cell))
    }
}
