internal import Synchronization

/// A part of a counter that one thread adds to while others read it: adding takes neither a lock nor an atomic
/// read-modify-write. Threads that add to the same cell at the same time lose counts, and nothing else.
package final class CounterCell: Sendable {
    private let count = Atomic<Int64>(0)

    package init() {}

    package func increment() { increment(by: 1) }

    package func increment(by amount: Int) {
        count.store(count.load(ordering: .relaxed) &+ Int64(amount), ordering: .relaxed)
    }

    var value: Int64 { count.load(ordering: .relaxed) }

    func reset() { count.store(0, ordering: .relaxed) }
}

/// A part of a gauge that one thread moves up and down while others read it, as with `CounterCell`.
package final class GaugeCell: Sendable {
    private let level = Atomic<Int64>(0)

    package init() {}

    package func increment() { level.store(level.load(ordering: .relaxed) &+ 1, ordering: .relaxed) }

    package func decrement() { level.store(level.load(ordering: .relaxed) &- 1, ordering: .relaxed) }

    var value: Int64 { level.load(ordering: .relaxed) }
}

/// A part of a histogram that one thread records values in while others read it, as with `CounterCell`. A reader may
/// see a value that has been counted but not yet added to the sum.
package final class HistogramCell: Sendable {
    private let bounds: [Double]
    private let counts: [CounterCell]
    private let sum = Atomic<UInt64>(0)

    init(_ bounds: [Double]) {
        self.bounds = bounds
        counts = (0...bounds.count).map { _ in CounterCell() }
    }

    package func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count].increment()
        let total = Double(bitPattern: sum.load(ordering: .relaxed)) + value
        sum.store(total.bitPattern, ordering: .relaxed)
    }

    func add(to snapshot: inout HistogramSeries.Snapshot) {
        for index in counts.indices { snapshot.counts[index] += counts[index].value }
        snapshot.sum += Double(bitPattern: sum.load(ordering: .relaxed))
    }
}

extension PrometheusRegistry {
    /// The maximum number of series of a metric that are created for cells. Their labels may come from the operator's
    /// configuration, which may change often.
    package static let maximumSeries = 1000

    /// A new cell of the counter with these labels. It has no effect if the metric is not a counter, or has too many
    /// series.
    package func counterCell(_ definition: MetricDefinition, _ labels: [(String, String)] = []) -> CounterCell {
        let cell = CounterCell()
        if case .counter(let series) = series(definition, labels, maximum: Self.maximumSeries) { series.add(cell) }
        return cell
    }

    /// A new cell of a gauge without labels. It has no effect if the metric is not a gauge.
    package func gaugeCell(_ definition: MetricDefinition) -> GaugeCell {
        let cell = GaugeCell()
        if case .gauge(let series) = series(definition, []) { series.add(cell) }
        return cell
    }

    /// A new cell of a histogram without labels. It has no effect if the metric is not a histogram.
    package func histogramCell(_ definition: MetricDefinition) -> HistogramCell {
        guard case .histogram(let series) = series(definition, []) else { return HistogramCell([]) }
        return series.makeCell()
    }
}
