import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite("The router", .timeLimit(.minutes(5)))
struct HTTPRouterTests {
    @Test("sends each request to the route of its own path, while others come on other connections")
    func interleaved() {
        let router = HTTPRouter(["/a", "/b"].map { path in PageRoute(path) { _ in .text(.ok, path) } })
        let targets = ["/a", "/b?a", "/c", "/a/", "/b"]
        let bodies = ["/a", "/b", "", "", "/b"]
        let heads = targets.map { RequestHead(method: .GET, uri: $0) }
        for one in heads.indices {
            for other in heads.indices {
                #expect(isAccepted(heads[one], by: router) == !bodies[one].isEmpty)
                #expect(isAccepted(heads[other], by: router) == !bodies[other].isEmpty)
                #expect(answer(to: heads[one], by: router) == bodies[one])
                #expect(answer(to: heads[other], by: router) == bodies[other])
            }
        }
    }

    private func isAccepted(_ head: RequestHead, by router: HTTPRouter) -> Bool {
        if case .accept = router.screen(head, from: HTTPPeer()) { true } else { false }
    }

    private func answer(to head: RequestHead, by router: HTTPRouter) -> String? {
        let request = HTTPRequest(head: head, body: ByteBuffer())
        guard case .immediate(let response) = router.respond(to: request, on: EmbeddedEventLoop()) else { return nil }
        return String(buffer: response.body)
    }
}
