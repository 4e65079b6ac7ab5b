package import NIOCore
package import NIOHTTP1

/// A request to the server of an `HTTPClient`, which adds `Host`, `User-Agent` and `Content-Length`.
package struct HTTPClientRequest: Sendable {
    package var method: HTTPMethod
    /// The path starts with a slash and is not percent-encoded.
    package var path: String
    /// The names and values are not percent-encoded.
    package var query: [(name: String, value: String)]
    package var headers: HTTPHeaders
    package var body: ByteBuffer?
    /// Whether the request must not be sent on an idle connection, which may be dead without anyone noticing.
    package var needsNewConnection = false

    package init(
        _ method: HTTPMethod = .GET,
        path: String,
        query: [(name: String, value: String)] = [],
        headers: HTTPHeaders = [:],
        body: ByteBuffer? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// Whether sending the request twice has the same effect as sending it once (RFC 9110, 9.2.2).
    var isIdempotent: Bool { [.GET, .HEAD, .PUT, .DELETE].contains(method) }

    /// The path and query as in a request line.
    var target: String {
        let encodedPath = path.split(separator: "/", omittingEmptySubsequences: false).map { Self.percentEncode($0) }
        let encodedQuery = query.map { Self.percentEncode($0.name) + "=" + Self.percentEncode($0.value) }
        return encodedPath.joined(separator: "/") + (query.isEmpty ? "" : "?") + encodedQuery.joined(separator: "&")
    }

    /// The characters that need no percent-encoding (RFC 3986, 2.3).
    private static let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)

    private static func percentEncode(_ text: some StringProtocol) -> String {
        text.utf8.map { byte in
            if unreserved.contains(byte) { return String(UnicodeScalar(byte)) }
            return (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
