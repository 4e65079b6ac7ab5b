internal import HTTPClient
package import JSON
package import NIOCore
package import NIOHTTP1

/// What the API server answered, with a status of 2xx.
package struct APIResponse: Sendable {
    private let response: HTTPClientResponse

    init(_ response: HTTPClientResponse) { self.response = response }

    package var status: Int { response.status }
    package var headers: HTTPHeaders { response.headers }
    package var body: ByteBuffer { response.body }

    /// Reads the body as JSON; the view is valid inside of `read` only.
    ///
    /// - Throws: `KubernetesError.malformedAnswer`, also for what `read` throws.
    package func parse<Result>(_ read: (JSONValue) throws -> Result) throws(KubernetesError) -> Result {
        try body.parse(read)
    }
}

extension ByteBuffer {
    /// Does what `APIResponse.parse` does.
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

/// The body of a response, as it comes. The connection is closed when this value goes away; while nobody asks for the next
/// part, the server has to wait.
struct APIResponseBody: ~Copyable {
    private var body: ResponseBody
    private let server: ServerURL

    init(_ body: consuming ResponseBody, from server: ServerURL) {
        self.body = body
        self.server = server
    }

    /// Returns nil when the body has come to its end.
    ///
    /// - Throws: `KubernetesError.connection` when the connection broke, `.timedOut` when the server fell silent,
    ///   `.cancelled`.
    mutating func next() async throws(KubernetesError) -> ByteBuffer? {
        do throws(HTTPClientError) {
            return try await body.next()
        } catch {
            throw KubernetesError(error, from: server)
        }
    }

    /// Sets how long the server may send nothing from now on.
    func setIdleTimeout(_ timeout: Duration) { body.setIdleTimeout(timeout) }

    /// What the end of the body in the middle of something means.
    var closedEarly: KubernetesError { KubernetesError(.closedEarly, from: server) }
}
