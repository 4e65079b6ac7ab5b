internal import NIOCore

/// The body of an answer as it comes. The connection is closed when this goes; while nobody asks for a part, the server
/// has to wait.
struct BodyParts: ~Copyable {
    private var parts: Exchange.Body.AsyncIterator
    private let channel: any Channel
    private let translate: @Sendable (any Error) -> KubernetesError

    init(
        _ body: Exchange.Body,
        _ channel: any Channel,
        translate: @escaping @Sendable (any Error) -> KubernetesError
    ) {
        parts = body.makeAsyncIterator()
        self.channel = channel
        self.translate = translate
    }

    /// Nil when the server has ended the answer in order.
    ///
    /// - Throws: `KubernetesError.connection` when the connection was cut, `.timedOut` when the server fell silent,
    ///   `.cancelled`.
    mutating func next() async throws(KubernetesError) -> ByteBuffer? {
        do {
            if let part = try await parts.next() { return part }
        } catch {
            throw translate(error)
        }
        if Task.isCancelled { throw .cancelled }
        return nil
    }

    /// From now on the server may be silent for so long.
    func setIdleTimeout(_ timeout: Duration) {
        channel.triggerUserOutboundEvent(BodyDelegate.IdleTimeout(.init(timeout)), promise: nil)
    }

    /// What the end of the body in the middle of something means.
    func cut() -> KubernetesError { translate(ExchangeError.closedEarly) }
}
