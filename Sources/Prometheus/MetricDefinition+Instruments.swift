package import CoreMetrics

extension MetricDefinition {
    /// Creates a counter of this metric.
    package func counter(_ labels: [(String, String)] = [], in factory: any MetricsFactory) -> Counter {
        Counter(label: name, dimensions: labels, factory: factory)
    }

    /// Creates a counter for each value of the metric's last label.
    ///
    /// - Parameter given: The labels before it.
    package func counters<Value: RawRepresentable<String> & CaseIterable & Hashable>(
        _ given: [(String, String)] = [],
        by values: Value.Type,
        in factory: any MetricsFactory
    ) -> [Value: Counter] {
        let label = labels[given.count]
        return Dictionary(
            uniqueKeysWithValues: Value.allCases.map { ($0, counter(given + [(label, $0.rawValue)], in: factory)) }
        )
    }

    /// Creates a gauge of this metric.
    package func gauge(_ labels: [(String, String)] = [], in factory: any MetricsFactory) -> Meter {
        Meter(label: name, dimensions: labels, factory: factory)
    }

    /// Creates a timer, which records durations in this metric's histogram.
    package func timer(_ labels: [(String, String)] = [], in factory: any MetricsFactory) -> CoreMetrics.Timer {
        Timer(label: name, dimensions: labels, factory: factory)
    }
}
