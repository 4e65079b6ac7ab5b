package import CoreMetrics
internal import HTTPClient
package import Prometheus
internal import Synchronization

/// Counts requests to the API server and measures how long they take.
package final class APIMetrics: Sendable {
    /// In seconds, up to the time that the client waits for a response.
    private static let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

    private static let requests = MetricDefinition(
        "pod_identity_webhook_api_server_requests_total",
        .counter,
        labels: ["verb", "resource", "code"],
        "Requests to the API server by verb, resource and response status; the code is \"error\" if there was no response."
    )
    private static let duration = MetricDefinition(
        "pod_identity_webhook_api_server_request_duration_seconds",
        .histogram(buckets: buckets),
        labels: ["verb", "resource"],
        "Time from sending a request to the API server to the end of its response, or to the start of a streamed list or "
            + "watch."
    )
    package static let definitions = [requests, duration]

    private struct Outcome: Hashable {
        let operation: APIOperation
        let code: String
    }

    private struct Instruments {
        var counters: [Outcome: Counter] = [:]
        var timers: [APIOperation: CoreMetrics.Timer] = [:]
    }

    private let factory: any MetricsFactory
    private let instruments = Mutex(Instruments())

    package init(factory: any MetricsFactory) { self.factory = factory }

    func start(_ operation: APIOperation) -> APITimer { APITimer(self, operation) }

    fileprivate func record(_ operation: APIOperation, code: String, after duration: Duration) {
        let labels = [("verb", operation.verb.rawValue), ("resource", operation.resource)]
        let (counter, timer) = instruments.withLock { instruments in
            let isFull = instruments.counters.count >= PrometheusRegistry.maximumSeries
            let outcome = Outcome(operation: operation, code: isFull ? "other" : code)
            let counter =
                instruments.counters[outcome] ?? Self.requests.counter(labels + [("code", outcome.code)], in: factory)
            let timer = instruments.timers[operation] ?? Self.duration.timer(labels, in: factory)
            instruments.counters[outcome] = counter
            instruments.timers[operation] = timer
            return (counter, timer)
        }
        counter.increment()
        timer.recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }
}

/// Measures one request, which ends once or, if it was cancelled, is not counted.
struct APITimer: Sendable {
    private let metrics: APIMetrics
    private let operation: APIOperation
    private let start = ContinuousClock.now

    fileprivate init(_ metrics: APIMetrics, _ operation: APIOperation) {
        self.metrics = metrics
        self.operation = operation
    }

    func end(status: Int) {
        metrics.record(operation, code: "\(status)", after: .now - start)
    }

    func end(_ error: HTTPClientError) {
        switch error {
        case .refused(let status, _, _): end(status: status)
        case .cancelled: break
        default: metrics.record(operation, code: "error", after: .now - start)
        }
    }
}
