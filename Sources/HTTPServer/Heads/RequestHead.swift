internal import Glibc
package import NIOHTTP1

/// What this server reads from the head of a request (RFC 9112, sections 2 to 6). It is a class, because it is passed
/// on many times while a request is handled.
package final class RequestHead: Sendable {
    package let method: HTTPMethod
    package let version: HTTPVersion
    /// The target as the client sent it; nearly always a path, perhaps followed by a query.
    package let uri: String
    /// The first `Content-Type`.
    package let contentType: String?
    /// All `Accept` fields of a GET or HEAD request, joined by commas; nil if there are none. They do not matter for
    /// other methods, so reading the heads of reviews costs nothing for them.
    package let accept: String?
    /// All `Accept-Encoding` fields of a GET or HEAD request, joined by commas; nil if there are none.
    package let acceptEncoding: String?
    /// The first `Content-Length`, in bytes; nil if there is none, or if it is not a number.
    let contentLength: Int?
    /// Whether either of the two fields that can announce a body does so.
    let announcesBody: Bool
    /// Whether no further request can follow.
    let isLast: Bool
    /// Whether the client waits for `100 Continue` before it sends the body.
    let expectsContinue: Bool
    /// The number of bytes of the target that are its path.
    private let pathLength: Int

    package init(
        method: HTTPMethod,
        version: HTTPVersion = .http1_1,
        uri: String,
        contentType: String? = nil,
        accept: String? = nil,
        acceptEncoding: String? = nil,
        contentLength: Int? = nil,
        announcesBody: Bool = false,
        isLast: Bool = false,
        expectsContinue: Bool = false
    ) {
        self.method = method
        self.version = version
        self.uri = uri
        self.contentType = contentType
        self.accept = accept
        self.acceptEncoding = acceptEncoding
        self.contentLength = contentLength
        self.announcesBody = announcesBody
        self.isLast = isLast
        self.expectsContinue = expectsContinue
        var uri = uri
        pathLength = uri.withUTF8 { $0.firstIndex(of: UInt8(ascii: "?")) ?? $0.count }
    }

    /// The target without its query.
    package var path: Substring { uri[..<uri.utf8.index(uri.startIndex, offsetBy: pathLength)] }

    /// What follows the first `?`; empty if there is none.
    package var query: Substring { uri[uri.utf8.index(uri.startIndex, offsetBy: pathLength)...].dropFirst() }

    /// Whether this is the path. Unlike a comparison with `path`, it does not create a string.
    package func hasPath(_ path: String) -> Bool {
        guard path.utf8.count == pathLength else { return false }
        guard pathLength > 0 else { return true }
        let isEqual = uri.utf8.withContiguousStorageIfAvailable { target in
            path.utf8.withContiguousStorageIfAvailable { path in
                guard let target = target.baseAddress, let path = path.baseAddress else { return false }
                // Both have at least so many bytes.
                return memcmp(target, path, pathLength) == 0
            }
        }
        return (isEqual ?? nil) ?? uri.utf8.prefix(pathLength).elementsEqual(path.utf8)
    }
}
