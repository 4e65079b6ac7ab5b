import NIOCore
import NIOEmbedded
import NIOOpenSSL
import NIOTLS
import Prometheus
import TestSupport
import Testing

@testable import HTTPServer
@testable import Operations

@Suite("Handshake metrics", .timeLimit(.minutes(5)))
struct HandshakeMetricsTests {
    @Test(
        "count a handshake once, by its result",
        arguments: [
            (TLSError.handshakeTimeout, "timed_out"), (.closedDuringHandshake, "closed"),
            (.handshakeFailed(reason: "no shared cipher"), "failed"),
            (.certificateRejected(code: 1, reason: "", peer: nil, certificate: nil), "failed"),
        ]
    )
    func ends(_ error: TLSError, _ result: String) throws {
        let registry = PrometheusRegistry(ServerMetrics.definitions)
        let metrics = ServerMetrics(.https, factory: registry)
        let channel = EmbeddedChannel(handler: TLSHandshakeHandler(metrics))
        channel.pipeline.fireErrorCaught(error)
        channel.pipeline.fireErrorCaught(ChannelError.inputClosed)
        channel.pipeline.fireChannelInactive()
        let text = String(decoding: registry.text(), as: UTF8.self)
        let counts = try ScrapedMetrics(text).nonzero("pod_identity_webhook_tls_handshakes_total")
        #expect(counts == [["result": result]: 1])
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @Test("are separate for each port, as are connections, memory and limits")
    func listeners() throws {
        let registry = PrometheusRegistry(ServerMetrics.definitions)
        let (https, plain) = (ServerMetrics(.https, factory: registry), ServerMetrics(.metrics, factory: registry))
        for _ in 0..<3 { https.connectionOpened() }
        https.connectionClosed()
        plain.connectionOpened()
        plain.bufferedBytesChanged(to: 70_000)
        https.limitReached(.idle)
        let metrics = try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))
        let connections = metrics.nonzero("pod_identity_webhook_open_connections")
        #expect(connections == [["listener": "https"]: 2, ["listener": "metrics"]: 1])
        #expect(metrics.nonzero("pod_identity_webhook_buffered_bytes") == [["listener": "metrics"]: 70_000])
        let limits = metrics.nonzero("pod_identity_webhook_limits_reached_total")
        #expect(limits == [["listener": "https", "limit": "idle"]: 1])
    }

    @Test("do not count errors after a handshake")
    func afterwards() throws {
        let registry = PrometheusRegistry(ServerMetrics.definitions)
        let metrics = ServerMetrics(.https, factory: registry)
        let channel = EmbeddedChannel(handler: TLSHandshakeHandler(metrics))
        channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
        channel.pipeline.fireErrorCaught(TLSError.truncated)
        channel.pipeline.fireChannelInactive()
        let text = String(decoding: registry.text(), as: UTF8.self)
        let counts = try ScrapedMetrics(text).nonzero("pod_identity_webhook_tls_handshakes_total")
        #expect(counts == [["result": "completed"]: 1])
        #expect(throws: ChannelPipelineError.notFound) {
            try channel.pipeline.syncOperations.handler(type: TLSHandshakeHandler.self)
        }
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }
}
