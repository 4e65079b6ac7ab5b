internal import Synchronization

/// Keeps metrics and writes them in Prometheus' text format or as OpenMetrics. Metrics are created through
/// swift-metrics' `MetricsFactory`; the same name and labels always give the same series.
///
/// A series is not exported if it is requested as a different kind than its metric was declared or first used with.
package final class PrometheusRegistry: Sendable {
    struct Family: Sendable {
        let definition: MetricDefinition
        /// The series by their labels in the text format.
        var series: [String: LabelledSeries] = [:]
    }

    struct LabelledSeries: Sendable {
        let labels: [(String, String)]
        let series: Series
    }

    private struct State {
        var families: [String: Family] = [:]
        /// The names in the order in which they are exported.
        var order: [String] = []
        var updates: [@Sendable (PrometheusRegistry) -> Void] = []

        mutating func add(_ definition: MetricDefinition) {
            guard families[definition.name] == nil else { return }
            families[definition.name] = Family(definition: definition)
            order.append(definition.name)
        }
    }

    private let state = Mutex(State())

    /// - Parameter definitions: The metrics in the order of their export; the first of two with the same name is used.
    package init(_ definitions: [MetricDefinition] = []) {
        state.withLock { state in
            for definition in definitions { state.add(definition) }
        }
    }

    /// Calls `update` at each scrape, to set values that are read only then.
    package func onScrape(_ update: @escaping @Sendable (PrometheusRegistry) -> Void) {
        state.withLock { $0.updates.append(update) }
    }

    /// Sets a declared counter or gauge to a value that is kept elsewhere.
    package func set(_ name: String, _ labels: [(String, String)] = [], to value: Double) {
        guard let definition = state.withLock({ $0.families[name]?.definition }) else { return }
        switch series(definition, labels) {
        case .counter(let counter): counter.set(value)
        case .gauge(let gauge): gauge.set(value)
        case .histogram, nil: break
        }
    }

    /// All metrics in a format.
    package func text(_ format: ExpositionFormat = .text) -> [UInt8] {
        for update in state.withLock({ $0.updates }) { update(self) }
        let (families, order) = state.withLock { ($0.families, $0.order) }
        var writer = TextWriter(format)
        for family in order.compactMap({ families[$0] }) {
            if case .alias(let name) = family.definition.kind {
                writer.write(family.definition, aliasOf: families[name])
            } else {
                writer.write(family)
            }
        }
        return writer.finished
    }

    // MARK: Series

    /// The series with these labels, created if it does not exist yet; nil if the metric is of a different kind, or if
    /// it has the maximum number of series and this is not one of them.
    func series(
        _ definition: MetricDefinition,
        _ labels: [(String, String)],
        maximum: Int = .max
    ) -> Series? {
        let text = TextWriter.text(of: labels)
        return state.withLock { state in
            state.add(definition)
            guard let family = state.families[definition.name],
                family.definition.kind.typeName == definition.kind.typeName
            else { return nil }
            if let found = family.series[text] { return found.series }
            guard family.series.count < maximum, let series = Series(family.definition.kind) else { return nil }
            state.families[definition.name]?.series[text] = LabelledSeries(labels: labels, series: series)
            return series
        }
    }

    func remove(_ handler: AnyObject) {
        state.withLock { state in
            for name in state.order {
                guard
                    let labels = state.families[name]?.series.first(where: { $0.value.series.object === handler })?.key
                else { continue }
                state.families[name]?.series[labels] = nil
            }
        }
    }
}
