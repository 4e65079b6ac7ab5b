internal import ArgumentParser
internal import GoSyntax
internal import HTTPServer
internal import JSON
internal import NIOCore

/// The flags that limit the resources and time of clients of the HTTPS port.
struct LimitOptions: ParsableArguments {
    @Option(
        help: .number(
            "Connections that may be open, at least 1; when the limit is reached, a new connection replaces an existing one."
        )
    )
    var maxConnections = HTTPLimits().maximumConnections

    @Option(help: .bytes("Memory for bodies and responses over 64 KiB, of all connections together; at least 8388608."))
    var maxBufferedBytes = HTTPLimits().maximumBufferedBytes

    @Option(help: .duration("How long a TLS handshake may take; more than 0."))
    var handshakeTimeout = GoDuration(HTTPDeadlines().handshake)

    @Option(help: .duration("How long the head of a request may take; more than 0."))
    var readHeaderTimeout = GoDuration(HTTPDeadlines().head)

    @Option(help: .duration("How long the body of a request may take; more than 0."))
    var readBodyTimeout = GoDuration(HTTPDeadlines().body)

    @Option(help: .duration("How long the response may take, until the client has received it; more than 0."))
    var responseTimeout = GoDuration(HTTPDeadlines().response)

    /// The API server waits for 30 seconds at most.
    @Option(
        help: .duration(
            "How long a whole request may take, from its first byte until the client has the response; more than 0."
        )
    )
    var requestTimeout = GoDuration(HTTPDeadlines().request)

    @Option(
        help: .duration(
            "How long a connection may be idle; more than the 90s for which the API server keeps idle connections open."
        )
    )
    var idleTimeout = GoDuration(HTTPDeadlines().idle)

    var limits: HTTPLimits {
        var limits = HTTPLimits()
        limits.bodyPadding = JSONParser.padding
        limits.maximumConnections = maxConnections
        limits.maximumBufferedBytes = maxBufferedBytes
        limits.deadlines.handshake = TimeAmount(handshakeTimeout.duration)
        limits.deadlines.head = TimeAmount(readHeaderTimeout.duration)
        limits.deadlines.body = TimeAmount(readBodyTimeout.duration)
        limits.deadlines.response = TimeAmount(responseTimeout.duration)
        limits.deadlines.request = TimeAmount(requestTimeout.duration)
        limits.deadlines.idle = TimeAmount(idleTimeout.duration)
        return limits
    }

    /// The maximum number of pods that may wait for lookups, each on its own connection. The other connections are for
    /// pods that need no lookup.
    var maximumWaiting: Int { max(1, maxConnections / 2) }

    /// The API server drops its idle connections after this time (the default of Go's HTTP client). A server that closes
    /// them earlier closes some at the moment when a request is sent into them.
    private static let idleTimeoutOfAPIServer = TimeAmount.seconds(90)

    /// The size of the buffer, a power of two, that the longest review needs with its padding.
    private static let leastBufferedBytes = 8 * 1024 * 1024

    func validate() throws {
        guard maxConnections > 0 else {
            throw ValidationError("--max-connections must be 1 or more, not \(maxConnections)")
        }
        guard maxBufferedBytes >= Self.leastBufferedBytes else {
            throw ValidationError(
                "--max-buffered-bytes must be \(Self.leastBufferedBytes) or more, as a review of 7 MiB needs, not "
                    + "\(maxBufferedBytes)"
            )
        }
        for (name, timeout) in [
            ("handshake", handshakeTimeout), ("read-header", readHeaderTimeout), ("read-body", readBodyTimeout),
            ("response", responseTimeout), ("request", requestTimeout),
        ] where timeout.duration <= .zero {
            throw ValidationError("--\(name)-timeout must be more than 0, not \(timeout)")
        }
        guard TimeAmount(idleTimeout.duration) > Self.idleTimeoutOfAPIServer else {
            throw ValidationError(
                "--idle-timeout must be more than 90s, not \(idleTimeout): the API server keeps connections "
                    + "that long, and loses a request that it sends on one that is being closed"
            )
        }
    }
}

extension GoDuration {
    fileprivate init(_ amount: TimeAmount) { self.init(Duration.nanoseconds(amount.nanoseconds)) }
}
