/// Receives what happens to the connections of a server, on the event loop where it happens.
package protocol HTTPServerDelegate: Sendable {
    func connectionOpened()

    func connectionClosed()

    func handshakeEnded(_ result: TLSHandshakeResult)

    /// A connection is closed, or a request refused, because of a limit.
    func limitReached(_ limit: HTTPLimit)

    /// - Parameter bytes: the memory for long bodies and responses of all connections together.
    func bufferedBytesChanged(to bytes: Int)
}

/// How a TLS handshake ended.
package enum TLSHandshakeResult: String, CaseIterable, Sendable {
    case completed
    /// One side does not accept the other's versions, ciphers or certificate, or the client does not speak TLS.
    case failed
    case timedOut = "timed_out"
    /// The client closed the connection, as a check of the port does.
    case closed
}
