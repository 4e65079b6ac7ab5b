package import NIOCore

/// The body of a response, as it arrives. The connection is closed when this value is destroyed. As long as the next
/// part is not requested, the server has to wait.
package struct ResponseBody: ~Copyable {
    private var parts: Exchange.Body.AsyncIterator
    private let channel: any Channel

    init(_ body: Exchange.Body, _ channel: any Channel) {
        parts = body.makeAsyncIterator()
        self.channel = channel
    }

    /// Returns nil at the end of the body.
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

    /// Sets how long the server may be silent, starting now.
    package func setIdleTimeout(_ timeout: Duration) {
        channel.triggerUserOutboundEvent(StreamEvent.idleTimeout(.init(timeout)), promise: nil)
    }
}
