package import NIOCore

/// TLS between a channel's bytes and the handlers behind it.
package final class TLSHandler: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    package init(
        serverContext: TLSContext,
        handshakeTimeout: TimeAmount = .seconds(10),
        shutdownTimeout: TimeAmount = .seconds(5)
    ) {}

    package init(
        clientContext: TLSContext,
        serverName: String,
        handshakeTimeout: TimeAmount = .seconds(10),
        shutdownTimeout: TimeAmount = .seconds(5)
    ) {}

    package var negotiatedVersion: TLSVersion? { nil }
    package var applicationProtocol: String? { nil }
    package var peerCertificate: CertificateInfo? { nil }
}
