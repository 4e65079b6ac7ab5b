internal import HTTPClient
package import NIOCore
package import NIOHTTP1

/// A request to the API server. The credentials are added by `APIClient`.
package struct APIRequest: Sendable {
    private var request: HTTPClientRequest

    /// - Parameters:
    ///   - path: The path starts with a slash and is not percent-encoded; nor is the query.
    ///   - accept: The `Accept` header.
    ///   - body: The type is the media type for the `Content-Type` header.
    package init(
        _ method: HTTPMethod = .GET,
        path: String,
        query: [(name: String, value: String)] = [],
        accept: String = "application/json",
        body: (type: String, bytes: ByteBuffer)? = nil
    ) {
        request = HTTPClientRequest(method, path: path, query: query, headers: ["Accept": accept], body: body?.bytes)
        if let body { request.headers.add(name: "Content-Type", value: body.type) }
    }

    /// Whether the request must not be sent on an idle connection, which may be dead without anyone noticing.
    package var needsNewConnection: Bool {
        get { request.needsNewConnection }
        set { request.needsNewConnection = newValue }
    }

    /// What it does to which resource, for metrics.
    var operation: APIOperation {
        let isWatch = request.query.contains { $0.name == "watch" && $0.value != "false" }
        return APIOperation(request.method, path: request.path, isWatch: isWatch)
    }

    /// - Parameters:
    ///   - authorization: The value of the `Authorization` header; nil for none.
    ///   - impersonation: The headers that say whom to impersonate.
    func http(_ authorization: String?, _ impersonation: HTTPHeaders) -> HTTPClientRequest {
        var request = request
        request.headers.add(contentsOf: impersonation)
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        return request
    }
}
