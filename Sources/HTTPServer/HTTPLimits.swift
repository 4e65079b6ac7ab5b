package import NIOCore
internal import NIOHTTP1

/// What clients may take of a server, all of them together and each for itself.
package struct HTTPLimits: Equatable, Sendable {
    package var deadlines = HTTPDeadlines()
    /// Beyond this number, another connection is closed for each new one; `HTTPEvictionPolicy` says which.
    package var maximumConnections = 512
    /// How many of them may be newcomers, which have not had a request answered yet, when the established ones take all the
    /// rest. There may be more of them while there is room.
    var newcomers: Int { max(1, maximumConnections / 4) }
    /// How many connections may be open besides, because they have been told to close and have not done so yet.
    var maximumEvicted: Int { max(16, maximumConnections) }
    /// In bytes, for all bodies and responses together that are longer than `unreservedBytes`. Beyond it, those give way
    /// that have been coming or waiting for the longest; a client that is as fast as it can be is not affected.
    package var maximumBufferedBytes = 32 * 1024 * 1024
    /// In bytes: room that is planned behind the end of a body, so that a parser that reads beyond it seldom has to copy.
    /// A body whose length was not declared may have less; whoever needs the room must reserve it.
    package var bodyPadding = 0

    /// In bytes. A body or response that is not longer needs no reservation, and is taken whatever others do. With its
    /// padding, it fits a buffer of 64 KiB.
    var unreservedBytes: Int { 64 * 1024 - bodyPadding }
    /// Parts of requests (a head, a piece of a body, an end) that wait while one is answered.
    static let maximumPipelined = 256

    /// The fields of a head, or of the trailers behind a body.
    static var headers: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 * 1024
        limits.maxHeaderListSize = 32 * 1024
        limits.maxHeaderFieldCount = 100
        return limits
    }

    package init() {}
}

/// How long a client may take; a connection that takes longer is closed.
package struct HTTPDeadlines: Equatable, Sendable {
    /// From accepting the connection to the end of the TLS handshake.
    package var handshake = TimeAmount.seconds(10)
    /// From the first byte of a request, or of the TLS record that may contain it, to the end of its head.
    package var head = TimeAmount.seconds(10)
    /// From the end of the head to the end of the body.
    package var body = TimeAmount.seconds(20)
    /// From the end of the request until the client has taken the response.
    package var response = TimeAmount.seconds(30)
    /// From the first byte of a request until the client has taken the response.
    package var request = TimeAmount.seconds(45)
    /// Between requests.
    package var idle = TimeAmount.seconds(180)
    /// From the end of the last response until the client stops sending what was refused: a connection that is closed
    /// earlier may lose the response.
    package var lingering = TimeAmount.seconds(5)

    package init() {}
}

/// The limit for which a connection was closed, or a request refused.
package enum HTTPLimit: String, CaseIterable, Sendable {
    case connections
    case bufferedBytes = "buffered_bytes"
    case handshake
    case head
    case body
    case response
    case request
    case idle
    case headers
    case bodySize = "body_size"
    case pipelining
    case tlsRecords = "tls_records"
}
