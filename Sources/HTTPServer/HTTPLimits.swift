package import NIOCore
internal import NIOHTTP1

/// What clients may take of a server, all of them together and each for itself.
package struct HTTPLimits: Equatable, Sendable {
    package var deadlines = HTTPDeadlines()
    /// Beyond it another connection is closed for a new one; `HTTPConnectionEviction` tells which.
    package var maximumConnections = 512
    /// How many of them may be such that had no request answered yet, when the others have. There may be more of them
    /// while there is room.
    var newcomers: Int { max(1, maximumConnections / 4) }
    /// How many may be open besides, since they have been told to close and have not yet.
    var maximumLeaving: Int { max(16, maximumConnections) }
    /// In bytes, for the bodies and answers of all connections that are longer than `freeBody`. Beyond it those give way
    /// that have been coming or waiting for longest, which are none of a client that is as fast as it can be.
    package var maximumBufferedBytes = 32 * 1024 * 1024

    /// In bytes. So much of a body each connection may send without being counted, and so long may its answer be: reviews
    /// are nearly always shorter, and are taken whatever others do.
    package static let freeBody = 64 * 1024 - HTTPConnectionStateMachine.parserPadding
    /// Parts of requests (a head, a piece of a body, an end) that wait while one is answered.
    static let maximumPipelined = 256

    /// Of a head, or of the trailers behind a body.
    static var headers: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 * 1024
        limits.maxHeaderListSize = 32 * 1024
        limits.maxHeaderFieldCount = 100
        return limits
    }

    package init() {}
}

/// How long a client may take for what; a connection that takes longer is closed.
package struct HTTPDeadlines: Equatable, Sendable {
    /// From accepting the connection to the end of the TLS handshake.
    package var handshake = TimeAmount.seconds(10)
    /// From the first byte of a request to the end of its head; also for a TLS record that may become one.
    package var head = TimeAmount.seconds(10)
    /// From the end of the head to the end of the body.
    package var body = TimeAmount.seconds(20)
    /// From the end of the request until the client has taken the response.
    package var response = TimeAmount.seconds(30)
    /// From the first byte of a request until the client has taken the response. The API server waits for 30 seconds at
    /// most.
    package var request = TimeAmount.seconds(45)
    /// Between requests.
    package var idle = TimeAmount.seconds(180)
    /// For the client to stop sending what was refused, so that it can read why.
    package var lingering = TimeAmount.seconds(5)

    /// The API server drops its idle connections after this time (the default of Go's HTTP client). A server that closes
    /// them earlier closes some in the moment in which a request is sent into them.
    package static let idleAtClient = TimeAmount.seconds(90)

    package init() {}
}

/// What a connection was closed for, or a request refused.
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
