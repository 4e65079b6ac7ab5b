package import NIOCore
package import NIOHTTP1

package struct HTTPClientResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: ByteBuffer
    /// The memory of the body, which is held as long as the response exists.
    private let lease: ResponseMemory.Lease?

    init(_ head: HTTPResponseHead, _ body: ByteBuffer = ByteBuffer(), _ lease: ResponseMemory.Lease? = nil) {
        status = Int(head.status.code)
        headers = head.headers
        self.body = body
        self.lease = lease
    }
}
