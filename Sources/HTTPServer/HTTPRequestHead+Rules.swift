internal import NIOHTTP1

extension HTTPRequestHead {
    /// Whether no further request can follow: the client says so, or what comes next may belong to another protocol, which
    /// the decoder does not decode.
    var isLast: Bool { !isKeepAlive || method == .CONNECT || headers.contains(name: "upgrade") }

    /// Whether one of the two fields says that a body follows (RFC 9112, section 6).
    var announcesBody: Bool {
        headers.contains(name: "transfer-encoding") || headers.first(name: "content-length").map { $0 != "0" } ?? false
    }

    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1).
    var expectsContinue: Bool {
        version == .http1_1 && headers.first(name: "expect").map { $0.lowercased() == "100-continue" } ?? false
    }

    /// The answer to a request that no server should try to understand, because it may mean one thing to this server and
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
                return .text(.badRequest, "the only Transfer-Encoding that is accepted is chunked\n")
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
        var response = text(.serviceUnavailable, "there is no memory for another long body or response at the moment\n")
        response.headers.append(Header(name: "retry-after", value: "1"))
        return response
    }

    static var headersTooLarge: HTTPResponse {
        text(.requestHeaderFieldsTooLarge, "there are too many headers, or they are too long\n")
    }
}
