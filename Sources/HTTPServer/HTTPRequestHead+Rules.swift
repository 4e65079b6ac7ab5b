internal import NIOHTTP1

extension HTTPRequestHead {
    /// No further request can come: the client says so, or what comes next may be taken for another protocol, which the
    /// decoder then leaves alone.
    var isLast: Bool { !isKeepAlive || method == .CONNECT || headers.contains(name: "upgrade") }

    /// RFC 9112, section 6: these two fields say that a body follows.
    var announcesBody: Bool {
        headers.contains(name: "transfer-encoding") || headers.first(name: "content-length").map { $0 != "0" } ?? false
    }

    /// RFC 9110, section 10.1.1.
    var expectsContinue: Bool {
        version == .http1_1 && headers.first(name: "expect").map { $0.lowercased() == "100-continue" } ?? false
    }

    /// What a client sends that no server should try to understand: it may mean one thing to us and another to a proxy
    /// (RFC 9112, sections 3.2 and 6.1).
    var refusal: HTTPResponse? {
        guard version == .http1_1 || version == .http1_0 else {
            return .text(.httpVersionNotSupported, "HTTP/1.1 is spoken here\n")
        }
        if headers.contains(name: "transfer-encoding") {
            if headers.contains(name: "content-length") {
                return .text(.badRequest, "a request has Transfer-Encoding or Content-Length, not both\n")
            }
            if version == .http1_0 {
                return .text(.badRequest, "a request with Transfer-Encoding is one of HTTP/1.1\n")
            }
            if headers["transfer-encoding"].map({ $0.lowercased() }) != ["chunked"] {
                return .text(.badRequest, "the only Transfer-Encoding here is chunked\n")
            }
        }
        if version == .http1_1, headers["host"].count != 1 {
            return .text(.badRequest, "a request has exactly one Host header\n")
        }
        return nil
    }
}

extension HTTPResponse {
    static func tooLarge(_ maximum: Int) -> HTTPResponse {
        .text(.payloadTooLarge, "a body has at most \(maximum) bytes here\n")
    }

    static var overloaded: HTTPResponse {
        var response = text(.serviceUnavailable, "too many long bodies at the same time\n")
        response.headers.append(Header(name: "retry-after", value: "1"))
        return response
    }

    static var headersTooLarge: HTTPResponse {
        text(.requestHeaderFieldsTooLarge, "these are too many headers, or too long ones\n")
    }
}
