internal import CoreMetrics
package import HTTPServer
package import Prometheus

/// Counts what happens to the connections of the HTTPS port.
package struct ServerMetrics: HTTPServerDelegate {
    private static let handshakes = MetricDefinition(
        "pod_identity_webhook_tls_handshakes_total",
        .counter,
        labels: ["result"],
        "TLS handshakes by how they ended: completed, failed, timed_out, or closed by the client."
    )
    private static let connections = MetricDefinition(
        "pod_identity_webhook_open_connections",
        .gauge,
        "Connections that are open on the HTTPS port."
    )
    private static let bufferedBytes = MetricDefinition(
        "pod_identity_webhook_buffered_bytes",
        .gauge,
        "Memory for bodies and answers longer than 64 KiB, of all connections together."
    )
    private static let limits = MetricDefinition(
        "pod_identity_webhook_limits_reached_total",
        .counter,
        labels: ["limit"],
        "Connections closed and requests refused on the HTTPS port, by the limit that they reached."
    )
    package static let definitions = [handshakes, connections, bufferedBytes, limits]

    private let handshakes: [TLSHandshakeResult: Counter]
    private let connections: Meter
    private let bufferedBytes: Meter
    private let limits: [HTTPLimit: Counter]

    package init(factory: PrometheusRegistry) {
        handshakes = Self.handshakes.counters(by: TLSHandshakeResult.self, in: factory)
        connections = Self.connections.gauge(in: factory)
        bufferedBytes = Self.bufferedBytes.gauge(in: factory)
        limits = Self.limits.counters(by: HTTPLimit.self, in: factory)
    }

    package func connectionOpened() { connections.increment() }

    package func connectionClosed() { connections.decrement() }

    package func handshakeEnded(_ result: TLSHandshakeResult) { handshakes[result]?.increment() }

    package func limitReached(_ limit: HTTPLimit) { limits[limit]?.increment() }

    package func bufferedBytesChanged(to bytes: Int) { bufferedBytes.set(bytes) }
}
