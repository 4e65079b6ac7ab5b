package import CoreMetrics

extension MetricDefinition {
    /// Makes a counter of this metric.
    package func counter(_ labels: [(String, String)] = [], in factory: any MetricsFactory) -> Counter {
        Counter(label: name, dimensions: labels, factory: factory)
    }

    /// Makes a counter for each value of the metric's only label.
    package func counters<Value: RawRepresentable<String> & CaseIterable & Hashable>(
        by label: Value.Type,
        in factory: any MetricsFactory
    ) -> [Value: Counter] {
        Dictionary(
            uniqueKeysWithValues: Value.allCases.map { ($0, counter([(labels[0], $0.rawValue)], in: factory)) }
        )
    }

    /// Makes a gauge of this metric.
    package func gauge(_ labels: [(String, String)] = [], in factory: any MetricsFactory) -> Meter {
        Meter(label: name, dimensions: labels, factory: factory)
    }

    /// Makes a timer, which records durations in this metric's histogram.
    package func timer(in factory: any MetricsFactory) -> CoreMetrics.Timer { Timer(label: name, factory: factory) }
}
