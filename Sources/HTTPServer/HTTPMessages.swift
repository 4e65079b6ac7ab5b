package import NIOCore
package import NIOHTTP1

/// A complete request.
package struct HTTPRequest: Sendable {
    package let head: RequestHead
    package var body: ByteBuffer

    /// The target without its query.
    package var path: Substring { head.path }
}

package struct HTTPResponse: Equatable, Sendable {
    package var status: HTTPResponseStatus
    package var contentType: String
    package var headers: [Header] = []
    package var body: ByteBuffer

    package struct Header: Equatable, Sendable {
        package let name: String
        package let value: String

        /// - Parameters:
        ///   - name: In lower case.
        ///   - value: Neither the value nor the name may come from a client.
        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(_ status: HTTPResponseStatus, contentType: String, body: ByteBuffer) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// Plain text for human readers.
    package static func text(_ status: HTTPResponseStatus, _ text: String) -> HTTPResponse {
        HTTPResponse(status, contentType: "text/plain; charset=utf-8", body: ByteBuffer(string: text))
    }

    package static func methodNotAllowed(_ allowed: String...) -> HTTPResponse {
        var response = text(.methodNotAllowed, "method not allowed; use \(allowed.joined(separator: " or "))\n")
        response.headers.append(Header(name: "allow", value: allowed.joined(separator: ", ")))
        return response
    }
}

/// The peer that sends the requests of a connection.
package struct HTTPPeer: Equatable, Sendable {
    /// Whether the peer has presented a certificate. If so, the certificate has been verified.
    package let hasCertificate: Bool

    package init(hasCertificate: Bool = false) { self.hasCertificate = hasCertificate }
}

/// Answers requests. Each instance serves one event loop, and runs on that loop.
package protocol HTTPResponder {
    /// Decides on the basis of the head alone, before a body is read.
    func screen(_ head: RequestHead, from peer: HTTPPeer) -> HeadVerdict

    func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer

    /// Called when a response is sent, either from this responder or from the connection itself.
    func answering(_ head: RequestHead, with status: HTTPResponseStatus)
}

extension HTTPResponder {
    package func answering(_ head: RequestHead, with status: HTTPResponseStatus) {}
}

/// Whether a request is accepted on the basis of its head.
package enum HeadVerdict: Sendable {
    /// - Parameter maximumBody: In bytes; a longer body is answered with 413.
    case accept(maximumBody: Int)
    case refuse(HTTPResponse)
}

package enum HTTPAnswer {
    case immediate(HTTPResponse)
    /// Completes on the event loop of the request, and never fails.
    case deferred(EventLoopFuture<HTTPResponse>)
}
