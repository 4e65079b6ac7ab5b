package import NIOCore

/// The body of a response, as it comes. The connection is closed when this value goes away; while nobody asks for the next
/// part, the server has to wait.
package struct ResponseBody: ~Copyable {
    private var parts: Exchange.Body.AsyncIterator
    private let channel: any Channel

    init(_ body: Exchange.Body, _ channel: any Channel) {
        parts = body.makeAsyncIterator()
        self.channel = channel
    }

    /// Returns nil when the body has come to its end.
    ///
    /// - Throws: `HTTPClientError.connection` when the connection broke, `.timedOut` when the server fell silent,
    ///   `.cancelled`.
    package mutating func next() async throws(HTTPClientError) -> ByteBuffer? {
        do {
            if let part = try await parts.next() { return part }
        } catch {
            throw Task.isCancelled ? .cancelled : HTTPClientError(error)
        }
        if Task.isCancelled { throw .cancelled }
        return nil
    }

    /// Sets how long the server may send nothing from now on.
    package func setIdleTimeout(_ timeout: Duration) {
        channel.triggerUserOutboundEvent(StreamEvent.idleTimeout(.init(timeout)), promise: nil)
    }
}
