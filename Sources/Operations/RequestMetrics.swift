package import HTTPServer
package import NIOHTTP1
package import Prometheus

/// Counts requests by method, path and status. Unknown methods and paths are counted as `other`, so that clients cannot
/// create series. Each event loop counts with a recorder of its own.
package struct RequestMetrics: Sendable {
    fileprivate static let requests = MetricDefinition(
        "http_request_count",
        .counter,
        labels: ["verb", "path", "code"],
        "Requests by method, path and status code of the answer; \"other\" for methods and paths that are unknown."
    )
    package static let definitions = [requests]

    private let paths: [String]
    private let registry: PrometheusRegistry

    /// - Parameter paths: the paths that are counted by name.
    package init(paths: [String], factory registry: PrometheusRegistry) {
        self.paths = paths
        self.registry = registry
    }

    /// A recorder for one event loop.
    package func recorder() -> RequestRecorder { RequestRecorder(paths, registry) }
}

/// Counts the requests of one event loop.
package final class RequestRecorder {
    private struct Labels {
        /// Nil for those that are counted as `other`.
        let method: String?
        let path: Substring?
        let status: UInt
    }

    private static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"]

    private let paths: [String]
    private var counters: LocalCounters
    /// Of the counters, in their order.
    private var labels: [Labels] = []

    fileprivate init(_ paths: [String], _ registry: PrometheusRegistry) {
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
        let values = [known.method ?? "other", known.path.map(String.init) ?? "other", "\(status)"]
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
