internal import NIOCore
internal import NIOHTTP1

/// A request on its way through the pipeline, and where its response goes.
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
    /// The most bytes of a body that is not a stream.
    var limit: Int
    /// Where the body of a 2xx response goes as it comes; nil if the response is wanted as a whole.
    var stream: Stream?
    /// Succeeds with the response as a whole, or with the head of a stream; fails with `ExchangeFailure`.
    var promise: EventLoopPromise<HTTPClientResponse>

    /// Returns a response of 2xx. Cancelling the task closes the connection; it is not waited for, as TLS may take seconds
    /// to say goodbye.
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
    /// Whether not a byte of a response came, so that the connection may have been dead before the request.
    var isBeforeResponse = false

    /// Whether the request may go over another connection. A server that is slow once is not asked again.
    var mayTryAgain: Bool {
        switch error {
        case .timedOut, .cancelled: false
        default: isBeforeResponse
        }
    }
}

/// What the reader of a stream sends down the pipeline.
enum StreamEvent: Sendable {
    /// The reader asks for more.
    case demand
    /// The server may send nothing for so long from now on.
    case idleTimeout(TimeAmount)
}

/// Asks the connection for more when the reader of a stream has caught up, and closes it when the reader is gone.
struct BodyDelegate: NIOAsyncSequenceProducerDelegate {
    let channel: any Channel

    func produceMore() { channel.triggerUserOutboundEvent(StreamEvent.demand, promise: nil) }

    func didTerminate() { channel.close(promise: nil) }
}
