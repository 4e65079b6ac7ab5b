/// One event loop's counters of one metric, created as their labels occur. The caller keeps the labels: they have the
/// numbers of the counters, in the order of creation.
///
/// A search begins after the counter that was found last: events occur in much the same order again and again, so the
/// first counter checked is nearly always the right one.
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

    /// Creates a counter and increments it.
    ///
    /// - Parameter values: The values of the definition's labels, in order.
    /// - Returns: False if none was created, because the metric has the maximum number of series.
    package mutating func incrementNew(_ values: [String], by amount: Int = 1) -> Bool {
        guard cells.count < PrometheusRegistry.maximumSeries else { return false }
        let cell = registry.counterCell(definition, Array(zip(definition.labels, values)))
        cell.increment(by: amount)
        cells.append(cell)
        return true
    }
}
