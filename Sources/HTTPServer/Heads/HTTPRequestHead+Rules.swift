internal import NIOHTTP1

extension RequestHead {
    /// The head as NIO's decoder reads it.
    convenience init(_ head: HTTPRequestHead) {
        let length = head.headers.first(name: "content-length")
        self.init(
            method: head.method,
            version: head.version,
            uri: head.uri,
            contentType: head.headers.first(name: "content-type"),
            accept: head.preference("accept"),
            acceptEncoding: head.preference("accept-encoding"),
            contentLength: length.flatMap { Int($0) },
            announcesBody: head.headers.contains(name: "transfer-encoding") || length.map { $0 != "0" } ?? false,
            isLast: head.isLast,
            expectsContinue: head.expectsContinue
        )
    }
}

extension HTTPRequestHead {
    /// The values of a field of a GET or HEAD request, joined into one (RFC 9110, section 5.3); nil if there is none.
    fileprivate func preference(_ name: String) -> String? {
        guard method == .GET || method == .HEAD, headers.contains(name: name) else { return nil }
        return headers[name].joined(separator: ", ")
    }

    /// Whether the client says so, or what follows may belong to another protocol, which the decoder does not decode.
    fileprivate var isLast: Bool { !isKeepAlive || method == .CONNECT || headers.contains(name: "upgrade") }

    /// RFC 9110, section 10.1.1.
    fileprivate var expectsContinue: Bool {
        version == .http1_1 && headers.first(name: "expect").map { $0.lowercased() == "100-continue" } ?? false
    }

    /// The answer to a request that no server should try to interpret, because it may mean one thing to this server and
    /// another to a proxy (RFC 9112, sections 3.2 and 6.1).
    var refusal: HTTPResponse? {
        guard version == .http1_1 || version == .http1_0 else {
            return .text(.httpVersionNotSupported, "this server speaks HTTP/1.1\n")
        }
        if headers.contains(name: "transfer-encoding") {
            if headers.contains(name: "content-length") {
                return .text(.badRequest, "a request must not have both Transfer-Encoding and Content-Length\n")
            }
            if version == .http1_0 {
                return .text(.badRequest, "Transfer-Encoding requires HTTP/1.1\n")
            }
            if headers["transfer-encoding"].map({ $0.lowercased() }) != ["chunked"] {
                return .text(.badRequest, "the only accepted Transfer-Encoding is chunked\n")
            }
        }
        if version == .http1_1, headers["host"].count != 1 {
            return .text(.badRequest, "a request must have exactly one Host header\n")
        }
        return nil
    }
}

extension HTTPResponse {
    static func tooLarge(_ maximum: Int) -> HTTPResponse {
        .text(.payloadTooLarge, "the body must not be longer than \(maximum) bytes\n")
    }

    static var overloaded: HTTPResponse {
        var response = text(
            .serviceUnavailable,
            "no memory for another large body or response at the moment; try again\n"
        )
        response.headers.append(Header(name: "retry-after", value: "1"))
        return response
    }

    static var headersTooLarge: HTTPResponse {
        text(.requestHeaderFieldsTooLarge, "too many headers, or headers too long\n")
    }
}
