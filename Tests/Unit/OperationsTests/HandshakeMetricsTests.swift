import NIOCore
import NIOEmbedded
import NIOOpenSSL
import NIOTLS
import Prometheus
import TestSupport
import Testing

@testable import HTTPServer
@testable import Operations

@Suite("The metrics of handshakes", .timeLimit(.minutes(5)))
struct HandshakeMetricsTests {
    @Test(
        "a handshake is counted once, as what ended it",
        arguments: [
            (TLSError.handshakeTimeout, "timed_out"), (.closedDuringHandshake, "closed"),
            (.handshakeFailed(reason: "no shared cipher"), "failed"),
            (.certificateRejected(code: 1, reason: "", peer: nil, certificate: nil), "failed"),
        ]
    )
    func ends(_ error: TLSError, _ result: String) throws {
        let registry = PrometheusRegistry(ServerMetrics.definitions)
        let metrics = ServerMetrics(factory: registry)
        let channel = EmbeddedChannel(handler: TLSHandshakeHandler(metrics))
        channel.pipeline.fireErrorCaught(error)
        channel.pipeline.fireErrorCaught(ChannelError.inputClosed)
        channel.pipeline.fireChannelInactive()
        let text = String(decoding: registry.text(), as: UTF8.self)
        let counts = try ScrapedMetrics(text).nonzero("pod_identity_webhook_tls_handshakes_total")
        #expect(counts == [["result": result]: 1])
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @Test("errors after a handshake are none of it")
    func afterwards() throws {
        let registry = PrometheusRegistry(ServerMetrics.definitions)
        let metrics = ServerMetrics(factory: registry)
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
