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
        ///   - name: in lower case.
        ///   - value: neither it nor the name may come from a client.
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

    /// Plain text for people.
    package static func text(_ status: HTTPResponseStatus, _ text: String) -> HTTPResponse {
        HTTPResponse(status, contentType: "text/plain; charset=utf-8", body: ByteBuffer(string: text))
    }

    package static func methodNotAllowed(_ allowed: String...) -> HTTPResponse {
        var response = text(.methodNotAllowed, "method not allowed; use \(allowed.joined(separator: " or "))\n")
        response.headers.append(Header(name: "allow", value: allowed.joined(separator: ", ")))
        return response
    }
}

/// Who sends the requests of a connection.
package struct HTTPPeer: Equatable, Sendable {
    /// Whether the peer has presented a certificate, which then has been verified.
    package let hasCertificate: Bool

    package init(hasCertificate: Bool = false) { self.hasCertificate = hasCertificate }
}

/// Answers requests; one instance serves one event loop, on that loop.
package protocol HTTPResponder {
    /// Decides by the head alone, before a body is read.
    func screen(_ head: RequestHead, from peer: HTTPPeer) -> HeadVerdict

    func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer

    /// A response is being sent, either this responder's or one that the connection gives by itself.
    func answering(_ head: RequestHead, with status: HTTPResponseStatus)
}

extension HTTPResponder {
    package func answering(_ head: RequestHead, with status: HTTPResponseStatus) {}
}

/// Whether a request is accepted, as far as its head tells.
package enum HeadVerdict: Sendable {
    /// - Parameter maximumBody: in bytes; a longer body is answered with 413.
    case accept(maximumBody: Int)
    case refuse(HTTPResponse)
}

package enum HTTPAnswer {
    case immediate(HTTPResponse)
    /// Completes on the event loop of the request, and never fails.
    case deferred(EventLoopFuture<HTTPResponse>)
}
