internal import CoreMetrics
package import HTTPServer
package import Prometheus

/// Counts what happens to the connections of one port.
package struct ServerMetrics: HTTPServerDelegate {
    private static let handshakes = MetricDefinition(
        "pod_identity_webhook_tls_handshakes_total",
        .counter,
        labels: ["result"],
        "TLS handshakes by result: completed, failed, timed_out, or closed (by the client)."
    )
    private static let connections = MetricDefinition(
        "pod_identity_webhook_open_connections",
        .gauge,
        labels: ["listener"],
        "Open connections by port (https or metrics)."
    )
    private static let bufferedBytes = MetricDefinition(
        "pod_identity_webhook_buffered_bytes",
        .gauge,
        labels: ["listener"],
        "Memory held by request bodies and responses larger than 64 KiB, by port."
    )
    private static let limits = MetricDefinition(
        "pod_identity_webhook_limits_reached_total",
        .counter,
        labels: ["listener", "limit"],
        "Connections closed and requests refused because they reached a limit, by port and limit."
    )
    package static let definitions = [handshakes, connections, bufferedBytes, limits]

    private let handshakes: [TLSHandshakeResult: Counter]
    private let connections: Meter
    private let bufferedBytes: Meter
    private let limits: [HTTPLimit: Counter]

    package init(_ listener: Listener, factory: PrometheusRegistry) {
        let labels = [("listener", listener.rawValue)]
        // Only one port has TLS.
        handshakes = listener == .https ? Self.handshakes.counters(by: TLSHandshakeResult.self, in: factory) : [:]
        connections = Self.connections.gauge(labels, in: factory)
        bufferedBytes = Self.bufferedBytes.gauge(labels, in: factory)
        limits = Self.limits.counters(labels, by: HTTPLimit.self, in: factory)
    }

    package func connectionOpened() { connections.increment() }

    package func connectionClosed() { connections.decrement() }

    package func handshakeEnded(_ result: TLSHandshakeResult) { handshakes[result]?.increment() }

    package func limitReached(_ limit: HTTPLimit) { limits[limit]?.increment() }

    package func bufferedBytesChanged(to bytes: Int) { bufferedBytes.set(bytes) }
}
