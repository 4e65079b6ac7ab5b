internal import NIOCore
package import NIOOpenSSL

extension HTTPClient {
    /// The name in the pipeline of the handler that speaks TLS with the server, not with a proxy.
    static let tlsHandlerName = "server's TLS"

    /// Makes a connection and returns the certificates that the server presents, its own first.
    ///
    /// - Parameter tls: Determines whether a certificate that does not verify is an error.
    package func certificates(tls: TLSContext) async throws(HTTPClientError) -> [Certificate] {
        let channel = try await connect(tls)
        defer { channel.close(promise: nil) }
        do {
            return try await channel.eventLoop.submit {
                let context = try channel.pipeline.syncOperations.context(name: Self.tlsHandlerName)
                return (context.handler as? TLSHandler)?.peerChain ?? []
            }.get()
        } catch {
            throw HTTPClientError(error)
        }
    }
}
