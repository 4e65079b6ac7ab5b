internal import NIOCore
internal import NIOHTTP1

/// A request on its way through the pipeline, and the destination of its response.
struct Exchange: Sendable {
    typealias Body = NIOThrowingAsyncSequenceProducer<
        ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, BodyDelegate
    >

    struct Stream: Sendable {
        let source: Body.Source
        /// The longest time between two parts of the body.
        let idleTimeout: TimeAmount
    }

    var head: HTTPRequestHead
    var body: ByteBuffer?
    /// The longest time from sending the request to the end of the response, or to its head if it is a stream.
    var timeout: TimeAmount
    /// The maximum size in bytes of a body that is not a stream.
    var limit: Int
    /// The destination of the body of a 2xx response as it arrives; nil if the response is wanted as a whole.
    var stream: Stream?
    /// Succeeds with the response as a whole, or with the head of a stream; fails with `ExchangeFailure`.
    var promise: EventLoopPromise<HTTPClientResponse>

    /// Returns a 2xx response. Cancelling the task closes the connection without waiting for it, because TLS may take
    /// seconds to close.
    func perform(on channel: any Channel) async -> Result<HTTPClientResponse, ExchangeFailure> {
        do {
            let response = try await withTaskCancellationHandler {
                channel.writeAndFlush(self).whenFailure { error in
                    promise.fail(ExchangeFailure(error: HTTPClientError(error), isBeforeResponse: true))
                }
                return try await promise.futureResult.get()
            } onCancel: {
                promise.fail(ExchangeFailure(error: .cancelled))
                channel.close(promise: nil)
            }
            if (200..<300).contains(response.status) { return .success(response) }
            let (status, headers, body) = (response.status, response.headers, response.body)
            return .failure(ExchangeFailure(error: .refused(status: status, headers: headers, body: body)))
        } catch {
            if Task.isCancelled { return .failure(ExchangeFailure(error: .cancelled)) }
            return .failure(error as? ExchangeFailure ?? ExchangeFailure(error: HTTPClientError(error)))
        }
    }
}

struct ExchangeFailure: Error {
    let error: HTTPClientError
    /// Whether no byte of a response arrived, so that the connection may have been dead before the request.
    var isBeforeResponse = false

    /// Whether the request may be sent on another connection. A server that was slow once is not asked again.
    var mayTryAgain: Bool {
        switch error {
        case .timedOut, .cancelled: false
        default: isBeforeResponse
        }
    }
}

/// The events that the reader of a stream sends down the pipeline.
enum StreamEvent: Sendable {
    /// The reader asks for more.
    case demand
    /// The server may be silent for this long, starting now.
    case idleTimeout(TimeAmount)
}

/// Asks the connection for more when the reader of a stream has caught up, and closes it when the reader has gone away.
struct BodyDelegate: NIOAsyncSequenceProducerDelegate {
    let channel: any Channel

    func produceMore() { channel.triggerUserOutboundEvent(StreamEvent.demand, promise: nil) }

    func didTerminate() { channel.close(promise: nil) }
}
