import NIOCore
import NIOHTTP1
import NIOPosix
import PodIdentity
import Synchronization

/// An instance metadata service (IMDSv2) with scripted responses.
package final class MetadataServer: Sendable {
    package struct Request: Sendable, Equatable {
        /// The request line without the version, such as `PUT /latest/api/token`.
        package let line: String
        package let token: String?
        package let tokenLifetime: String?
        package let contentLength: String?

        fileprivate init(_ head: HTTPRequestHead) {
            line = "\(head.method) \(head.uri)"
            token = head.headers.first(name: "X-aws-ec2-metadata-token")
            tokenLifetime = head.headers.first(name: "X-aws-ec2-metadata-token-ttl-seconds")
            contentLength = head.headers.first(name: "Content-Length")
        }

        package var isForToken: Bool { line == "PUT /latest/api/token" }
        package var isForDocument: Bool { line == "GET /latest/dynamic/instance-identity/document" }
    }

    package enum Answer: Sendable {
        case text(String)
        case status(Int)
        case closeConnection
        case silence
    }

    package let endpoint: String
    private let channel: any Channel
    private let log: RequestLog

    /// - Parameter answer: Receives a request and the number of requests before it.
    package init(_ answer: @escaping @Sendable (Request, Int) -> Answer) async throws {
        let log = RequestLog()
        self.log = log
        channel = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(log, answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        endpoint = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
    }

    /// A server that returns this document to requests with the session token.
    package static func serving(_ document: String) async throws -> MetadataServer {
        try await MetadataServer { request, _ in
            if request.isForToken { return request.tokenLifetime == nil ? .status(400) : .text("session-token") }
            guard request.isForDocument else { return .status(404) }
            return request.token == "session-token" ? .text(document) : .status(401)
        }
    }

    package static func document(account: String, region: String) -> String {
        #"{"accountId": "\#(account)", "region": "\#(region)", "instanceId": "i-1", "version": "2017-09-30"}"#
    }

    package var requests: [Request] { log.requests.withLock { $0 } }

    package func close() async throws { try await channel.close() }

    private final class RequestLog: Sendable {
        let requests = Mutex<[Request]>([])
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let log: RequestLog
        private let answer: @Sendable (Request, Int) -> Answer
        private var head: HTTPRequestHead?

        init(_ log: RequestLog, _ answer: @escaping @Sendable (Request, Int) -> Answer) {
            self.log = log
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body: break
            case .end:
                guard let head else { return }
                let request = Request(head)
                let number = log.requests.withLock { requests in
                    requests.append(request)
                    return requests.count - 1
                }
                perform(answer(request, number), context)
            }
        }

        private func perform(_ answer: Answer, _ context: ChannelHandlerContext) {
            switch answer {
            case .text(let text): respond(200, text, context)
            case .status(let code): respond(code, "", context)
            case .closeConnection: context.close(promise: nil)
            case .silence: break
            }
        }

        private func respond(_ status: Int, _ text: String, _ context: ChannelHandlerContext) {
            var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status))
            head.headers.add(name: "Content-Length", value: "\(text.utf8.count)")
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
