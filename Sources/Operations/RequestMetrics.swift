package import HTTPServer
package import NIOHTTP1
package import Prometheus

/// The two ports.
package enum Listener: String, CaseIterable, Sendable {
    case https
    case metrics
}

/// Counts requests by port, method, path and status. Unknown methods and paths are counted as `other`, so that clients
/// cannot create series. Each event loop counts with its own recorder.
package struct RequestMetrics: Sendable {
    fileprivate static let requests = MetricDefinition(
        "pod_identity_webhook_http_requests_total",
        .counter,
        labels: ["listener", "verb", "path", "code"],
        "HTTP requests by port (https or metrics), method, path and response status. Unknown methods and paths count as "
            + "\"other\"."
    )
    package static let definitions = [
        requests, requests.alias("http_request_count", labels: ["verb", "path", "code"]),
    ]

    private let paths: [String]
    private let registry: PrometheusRegistry

    /// - Parameter paths: The paths that are counted by name.
    package init(paths: [String], factory registry: PrometheusRegistry) {
        self.paths = paths
        self.registry = registry
    }

    /// A recorder for one event loop.
    package func recorder(_ listener: Listener) -> RequestRecorder { RequestRecorder(listener, paths, registry) }
}

/// Counts the requests to one port on one event loop.
package final class RequestRecorder {
    private struct Labels {
        /// Nil for methods that are counted as `other`.
        let method: String?
        let path: Substring?
        let status: UInt
    }

    private static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"]

    private let listener: Listener
    private let paths: [String]
    private var counters: LocalCounters
    /// The labels of the counters, in the same order.
    private var labels: [Labels] = []

    fileprivate init(_ listener: Listener, _ paths: [String], _ registry: PrometheusRegistry) {
        self.listener = listener
        self.paths = paths
        counters = LocalCounters(RequestMetrics.requests, in: registry)
    }

    package func recordResponse(to head: RequestHead, with status: HTTPResponseStatus) {
        record(head.method.rawValue, head.path, status.code)
    }

    private func record(_ method: String, _ path: Substring, _ status: UInt) {
        if increment(method, path, status) { return }
        let known = (method: Self.methods.first { $0 == method }, path: paths.first { $0 == path }.map { $0[...] })
        if increment(known.method, known.path, status) { return }
        let path = known.path.map(String.init) ?? "other"
        let values = [listener.rawValue, known.method ?? "other", path, "\(status)"]
        guard counters.incrementNew(values) else { return }
        labels.append(Labels(method: known.method, path: known.path, status: status))
    }

    private func increment(_ method: String?, _ path: Substring?, _ status: UInt) -> Bool {
        let labels = labels
        return counters.increment {
            labels[$0].status == status && labels[$0].method == method && labels[$0].path == path
        }
    }
}
