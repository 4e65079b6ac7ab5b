package import JSON
package import NIOCore
package import NIOHTTP1

/// A request to the API server. What every request has (host, credentials, user agent) is added by `APIClient`.
package struct APIRequest: Sendable {
    package var method: HTTPMethod
    /// Starts with a slash; not percent-encoded.
    package var path: String
    package var query: [(name: String, value: String)]
    /// The `Accept` header.
    package var accept: String
    /// Not one that has waited since an earlier request, which may be dead without anybody knowing.
    package var needsNewConnection = false
    /// Beside those that every request has.
    package var headers: [(name: String, value: String)] = []
    /// With the media type that the `Content-Type` header names.
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

    /// Whether sending it twice is the same as sending it once (RFC 9110, 9.2.2).
    var isIdempotent: Bool { [.GET, .HEAD, .PUT, .DELETE].contains(method) }

    /// The path and query as a request line has them.
    var target: String {
        let encodedPath = path.split(separator: "/", omittingEmptySubsequences: false).map { Self.encode($0) }
        let encodedQuery = query.map { Self.encode($0.name) + "=" + Self.encode($0.value) }
        return encodedPath.joined(separator: "/") + (query.isEmpty ? "" : "?") + encodedQuery.joined(separator: "&")
    }

    /// Percent-encodes all but the unreserved characters (RFC 3986, 2.3).
    private static func encode(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

package struct APIResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: ByteBuffer
    /// Goes with the body.
    let lease: AnswerMemory.Lease?
}

extension APIResponse {
    /// Reads the body as JSON; the view is valid inside of `read` only.
    ///
    /// - Throws: `KubernetesError.malformedAnswer`, also for what `read` throws.
    package func parse<Result>(_ read: (JSONValue) throws -> Result) throws(KubernetesError) -> Result {
        try body.parse(read)
    }
}

extension ByteBuffer {
    /// As `APIResponse.parse`.
    func parse<Result>(
        with parser: JSONParser = JSONParser(),
        _ read: (JSONValue) throws -> Result
    ) throws(KubernetesError) -> Result {
        do {
            return try withUnsafeReadableBytes { bytes in try parser.parse(bytes, read) }
        } catch let error as KubernetesError {
            throw error
        } catch {
            throw .malformedAnswer("\(error)")
        }
    }
}
