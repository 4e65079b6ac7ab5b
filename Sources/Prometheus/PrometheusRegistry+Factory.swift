package import CoreMetrics

extension PrometheusRegistry: MetricsFactory {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { histogram(label, dimensions) } else { gauge(label, dimensions) }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    // MARK: Kinds

    private func counter(_ label: String, _ labels: [(String, String)]) -> CounterSeries {
        let definition = MetricDefinition(MetricDefinition.metricName(label), .counter, "")
        guard case .counter(let series) = series(definition, labels) else { return CounterSeries() }
        return series
    }

    private func gauge(_ label: String, _ labels: [(String, String)]) -> GaugeSeries {
        let definition = MetricDefinition(MetricDefinition.metricName(label), .gauge, "")
        guard case .gauge(let series) = series(definition, labels) else { return GaugeSeries() }
        return series
    }

    private func histogram(_ label: String, _ labels: [(String, String)]) -> HistogramSeries {
        let buckets = MetricDefinition.defaultBuckets
        let definition = MetricDefinition(MetricDefinition.metricName(label), .histogram(buckets: buckets), "")
        guard case .histogram(let series) = series(definition, labels) else { return HistogramSeries(buckets) }
        return series
    }
}
