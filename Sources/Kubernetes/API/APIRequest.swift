internal import HTTPClient
package import NIOCore
package import NIOHTTP1

/// A request to the API server. The credentials are added by `APIClient`.
package struct APIRequest: Sendable {
    package var method: HTTPMethod
    /// The path starts with a slash and is not percent-encoded.
    package var path: String
    package var query: [(name: String, value: String)]
    /// The `Accept` header.
    package var accept: String
    /// Whether it must not go over an idle connection, which may be dead without anybody knowing.
    package var needsNewConnection = false
    /// The type is the media type that the `Content-Type` header names.
    package var body: (type: String, bytes: ByteBuffer)?

    package init(
        _ method: HTTPMethod = .GET,
        path: String,
        query: [(name: String, value: String)] = [],
        accept: String = "application/json",
        body: (type: String, bytes: ByteBuffer)? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.accept = accept
        self.body = body
    }

    /// - Parameter authorization: The value of the `Authorization` header; nil for none.
    func http(_ authorization: String?) -> HTTPClientRequest {
        var headers: HTTPHeaders = ["Accept": accept]
        if let authorization { headers.add(name: "Authorization", value: authorization) }
        if let body { headers.add(name: "Content-Type", value: body.type) }
        var request = HTTPClientRequest(method, path: path, query: query, headers: headers, body: body?.bytes)
        request.needsNewConnection = needsNewConnection
        return request
    }
}
