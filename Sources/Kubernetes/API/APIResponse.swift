internal import HTTPClient
package import JSON
package import NIOCore
package import NIOHTTP1

/// The API server's response, with a 2xx status.
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
    /// Does the same as `APIResponse.parse`.
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

extension ResponseBody {
    /// - Throws: The error of `next` as one of the API server's.
    mutating func next(from server: ServerURL) async throws(KubernetesError) -> ByteBuffer? {
        do throws(HTTPClientError) {
            return try await next()
        } catch {
            throw KubernetesError(error, from: server)
        }
    }
}
