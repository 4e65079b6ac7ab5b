package import NIOCore
internal import NIOHTTP1

/// Limits on the resources that clients may use, all of them together and each of them alone.
package struct HTTPLimits: Equatable, Sendable {
    package var deadlines = HTTPDeadlines()
    /// Beyond this number, another connection is closed for each new one; `HTTPEvictionPolicy` says which.
    package var maximumConnections = 512
    /// How many of them may be newcomers, which have not had a request answered yet, if established connections take up
    /// all the rest. There may be more newcomers while there is room.
    var newcomers: Int { max(1, maximumConnections / 4) }
    /// How many more connections may be open because they have been told to close and have not done so yet.
    var maximumEvicted: Int { max(16, maximumConnections) }
    /// The limit in bytes for all bodies and responses together that are longer than `unreservedBytes`. Beyond it,
    /// those that have been arriving or waiting for the longest give way; a client that is as fast as it can be is not
    /// affected.
    package var maximumBufferedBytes = 32 * 1024 * 1024
    /// The room in bytes that is planned after the end of a body, so that a parser that reads beyond the end rarely has
    /// to copy the body. A body without a declared length may have less; code that needs the room must reserve it.
    package var bodyPadding = 0

    /// In bytes. A body or response up to this length needs no reservation, and is accepted regardless of other
    /// clients. With its padding, it fits into a buffer of 64 KiB.
    var unreservedBytes: Int { 64 * 1024 - bodyPadding }
    /// The maximum number of parts of requests (a head, a piece of a body, an end) that wait while a request is being
    /// answered.
    static let maximumPipelined = 256

    /// Limits on the fields of a head, or of the trailers after a body.
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
    /// From the end of the request until the client has read the response.
    package var response = TimeAmount.seconds(30)
    /// From the first byte of a request until the client has read the response.
    package var request = TimeAmount.seconds(45)
    /// Between requests.
    package var idle = TimeAmount.seconds(180)
    /// From the end of the last response until the client stops sending the rest of what was refused: closing a
    /// connection earlier may lose the response.
    package var lingering = TimeAmount.seconds(5)

    package init() {}
}

/// The limit because of which a connection was closed, or a request refused.
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
