internal import Prometheus

/// One event loop's counters of one metric, by their labels.
struct CounterFamily<Labels> {
    private var counters: LocalCounters
    private var labels: [Labels] = []

    init(_ definition: MetricDefinition, in registry: PrometheusRegistry) {
        counters = LocalCounters(definition, in: registry)
    }

    /// Increments the counter whose labels match, if there is one.
    mutating func increment(by amount: Int = 1, where matches: (Labels) -> Bool) -> Bool {
        let labels = labels
        return counters.increment(by: amount) { matches(labels[$0]) }
    }

    /// Creates a counter and increments it.
    ///
    /// - Parameter values: The labels as they are exported, in the order of the definition.
    mutating func incrementNew(_ new: Labels, _ values: [String], by amount: Int = 1) {
        if counters.incrementNew(values, by: amount) { labels.append(new) }
    }
}
