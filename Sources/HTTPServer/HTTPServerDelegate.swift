/// Receives the events of a server's connections, on the event loop where they happen.
package protocol HTTPServerDelegate: Sendable {
    func connectionOpened()

    func connectionClosed()

    func handshakeEnded(_ result: TLSHandshakeResult)

    /// Called when a connection is closed, or a request refused, because of a limit.
    func limitReached(_ limit: HTTPLimit)

    /// - Parameter bytes: The memory for long bodies and responses of all connections together.
    func bufferedBytesChanged(to bytes: Int)
}

/// How a TLS handshake ended.
package enum TLSHandshakeResult: String, CaseIterable, Sendable {
    case completed
    /// One side did not accept the other's versions, ciphers or certificate, or the client does not speak TLS.
    case failed
    case timedOut = "timed_out"
    /// The client closed the connection, as checks of the port do.
    case closed
}
