internal import ArgumentParser
internal import GoSyntax
internal import HTTPServer
internal import JSON
internal import NIOCore

/// The flags that limit the resources and the time of clients of the HTTPS port.
struct LimitOptions: ParsableArguments {
    @Option(help: "How many connections may be open; beyond that another is closed for a new one.")
    var maxConnections = HTTPLimits().maximumConnections

    @Option(help: "Bytes for bodies and answers that are longer than 64 KiB, of all connections together.")
    var maxBufferedBytes = HTTPLimits().maximumBufferedBytes

    @Option(help: "How long a TLS handshake may take.")
    var handshakeTimeout = GoDuration(HTTPDeadlines().handshake)

    @Option(help: "How long the head of a request may take.")
    var readHeaderTimeout = GoDuration(HTTPDeadlines().head)

    @Option(help: "How long the body of a request may take.")
    var readBodyTimeout = GoDuration(HTTPDeadlines().body)

    @Option(help: "How long the answer may take, until the client has taken it.")
    var responseTimeout = GoDuration(HTTPDeadlines().response)

    /// The API server waits for 30 seconds at most.
    @Option(help: "How long all of a request may take, from its first byte until the client has taken the answer.")
    var requestTimeout = GoDuration(HTTPDeadlines().request)

    @Option(help: "How long a connection may wait for its next request; more than the API server's 90s.")
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

    /// How many pods may wait for lookups, each on a connection of its own. The other connections are for pods that need no
    /// lookup.
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
                "--max-buffered-bytes must be \(Self.leastBufferedBytes) or more, which a review of 7 MiB takes, not "
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
                "--idle-timeout must be more than 90s, not \(idleTimeout): the API server keeps its connections for so "
                    + "long, and a request that it sends into one that is just being closed is lost"
            )
        }
    }
}

extension GoDuration {
    fileprivate init(_ amount: TimeAmount) { self.init(Duration.nanoseconds(amount.nanoseconds)) }
}
