/// The counters of one metric that one event loop counts with, made as their labels occur. Whoever counts keeps the labels: they
/// have the numbers of the counters, which are in the order in which they are made.
///
/// Counters are searched from behind the one that was found last: what an event loop counts comes in much the same order again
/// and again, so that the first one looked at is nearly always the one.
package struct LocalCounters {
    private let definition: MetricDefinition
    private let registry: PrometheusRegistry
    private var cells: [CounterCell] = []
    private var next = 0

    package init(_ definition: MetricDefinition, in registry: PrometheusRegistry) {
        self.definition = definition
        self.registry = registry
    }

    /// Increments the counter whose number matches, if there is one.
    package mutating func increment(by amount: Int = 1, where matches: (Int) -> Bool) -> Bool {
        let count = cells.count
        var number = next
        for _ in 0..<count {
            if number >= count { number = 0 }
            if matches(number) {
                cells[number].increment(by: amount)
                next = number + 1
                return true
            }
            number += 1
        }
        return false
    }

    /// Makes a counter and increments it.
    ///
    /// - Parameter values: The values of the definition's labels, in their order.
    /// - Returns: false if there is none, because there are as many as a metric may have series.
    package mutating func incrementNew(_ values: [String], by amount: Int = 1) -> Bool {
        guard cells.count < PrometheusRegistry.maximumSeries else { return false }
        let cell = registry.counterCell(definition, Array(zip(definition.labels, values)))
        cell.increment(by: amount)
        cells.append(cell)
        return true
    }
}
