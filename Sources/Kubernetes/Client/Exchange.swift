internal import NIOCore
internal import NIOHTTP1

/// A request on its way through the pipeline, and where its answer goes.
struct Exchange: Sendable {
    typealias Body = NIOThrowingAsyncSequenceProducer<
        ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, BodyDelegate
    >

    enum Answer: Sendable {
        case whole
        /// The body of a 2xx answer goes into `source`; `idleTimeout` bounds the time between two parts of it.
        case stream(source: Body.Source, idleTimeout: TimeAmount)
    }

    var head: HTTPRequestHead
    var body: ByteBuffer?
    /// From sending the request to the end of the answer, or to its head if it is a stream.
    var timeout: TimeAmount
    /// The most that an answer may have, in bytes, unless it is a stream.
    var limit: Int
    var answer: Answer
    /// The answer as a whole; of a stream, the head without a body. Fails with `ExchangeFailure`.
    var promise: EventLoopPromise<APIResponse>

    var kind: ExchangeStateMachine.Kind {
        switch answer {
        case .whole: .whole(limit: limit)
        case .stream: .stream(limit: limit)
        }
    }
}

struct ExchangeFailure: Error {
    let error: any Error
    /// Not a byte of an answer came, so the connection may have been dead before the request.
    let beforeResponse: Bool
}

enum ExchangeError: Error, Equatable {
    case responseTimeout
    case idleTimeout(TimeAmount)
    case answerTooLarge(limit: Int)
    /// All answers together are larger than that, in bytes.
    case tooManyLargeAnswers(limit: Int)
    /// The server closed the connection before the answer was complete.
    case closedEarly
}

/// Asks the connection for more when the reader of a stream has caught up, and closes it when the reader is gone.
struct BodyDelegate: NIOAsyncSequenceProducerDelegate {
    /// Sent down the pipeline.
    struct Demand: Sendable {}

    /// Sent down the pipeline: how long the server may be silent from now on.
    struct IdleTimeout: Sendable {
        let amount: TimeAmount

        init(_ amount: TimeAmount) { self.amount = amount }
    }

    let channel: any Channel

    func produceMore() { channel.triggerUserOutboundEvent(Demand(), promise: nil) }

    func didTerminate() { channel.close(promise: nil) }
}
