package import CoreMetrics

extension MetricDefinition {
    /// Makes a counter of this metric.
    package func counter(_ labels: [(String, String)] = [], in factory: any MetricsFactory) -> Counter {
        Counter(label: name, dimensions: labels, factory: factory)
    }

    /// Makes a counter for each value of the metric's last label.
    ///
    /// - Parameter given: the labels before it.
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

    /// Makes a gauge of this metric.
    package func gauge(_ labels: [(String, String)] = [], in factory: any MetricsFactory) -> Meter {
        Meter(label: name, dimensions: labels, factory: factory)
    }

    /// Makes a timer, which records durations in this metric's histogram.
    package func timer(_ labels: [(String, String)] = [], in factory: any MetricsFactory) -> CoreMetrics.Timer {
        Timer(label: name, dimensions: labels, factory: factory)
    }
}
