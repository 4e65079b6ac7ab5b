internal import CoreMetrics
internal import HTTPServer
package import NIOHTTP1
package import Prometheus
internal import Synchronization

/// Counts requests by method, path and status. Unknown methods and paths are counted as `other`, so that clients cannot
/// create series.
package final class RequestMetrics: Sendable {
    private static let requests = MetricDefinition(
        "http_request_count",
        .counter,
        labels: ["verb", "path", "code"],
        "Requests by method, path and status code of the answer; \"other\" for methods and paths that are unknown."
    )
    package static let definitions = [requests]

    private static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"]

    private struct Labels: Hashable {
        /// The place among `methods`; nil for others.
        let method: Int?
        /// The place among `paths`; nil for others.
        let path: Int?
        let status: UInt
    }

    private let paths: [String]
    private let factory: PrometheusRegistry
    private let counters = Mutex<[Labels: Counter]>([:])

    /// - Parameter paths: the paths that are counted by name.
    package init(paths: [String], factory: PrometheusRegistry) {
        self.paths = paths
        self.factory = factory
    }

    package func recordResponse(to head: HTTPRequestHead, with status: HTTPResponseStatus) {
        let (method, path) = (head.method.rawValue, head.path)
        let labels = Labels(
            method: Self.methods.firstIndex { $0 == method },
            path: paths.firstIndex { $0 == path },
            status: status.code
        )
        counter(labels).increment()
    }

    private func counter(_ labels: Labels) -> Counter {
        counters.withLock { counters in
            if let counter = counters[labels] { return counter }
            let counter = Self.requests.counter(
                [
                    ("verb", labels.method.map { Self.methods[$0] } ?? "other"),
                    ("path", labels.path.map { paths[$0] } ?? "other"), ("code", "\(labels.status)"),
                ],
                in: factory
            )
            counters[labels] = counter
            return counter
        }
    }
}
