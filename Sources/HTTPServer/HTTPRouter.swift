package import NIOCore
package import NIOHTTP1

/// Answers the requests of some paths; one instance serves one event loop, on that loop.
package protocol HTTPRoute {
    /// The paths that are served, without a query.
    var paths: [String] { get }

    /// Decides by the head alone, before a body is read.
    func screen(_ head: HTTPRequestHead, from peer: HTTPPeer) -> HeadVerdict

    func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer

    /// Is told that an answer is sent, also one that the connection gives by itself.
    func answering(_ head: HTTPRequestHead, with status: HTTPResponseStatus)
}

extension HTTPRoute {
    /// Takes requests without a body, to read something.
    package func screen(_ head: HTTPRequestHead, from peer: HTTPPeer) -> HeadVerdict {
        guard head.method == .GET || head.method == .HEAD else { return .refuse(.methodNotAllowed("GET, HEAD")) }
        return .accept(maximumBody: 0)
    }

    package func answering(_ head: HTTPRequestHead, with status: HTTPResponseStatus) {}
}

/// Sends each request to the route of its path. One for each event loop.
package final class HTTPRouter: HTTPResponder {
    private let routes: [Substring: any HTTPRoute]
    private let onAnswer: (HTTPRequestHead, HTTPResponseStatus) -> Void

    /// - Parameters:
    ///   - routes: with paths that differ.
    ///   - onAnswer: is told of each answer that is sent, also to a path that nobody serves.
    package init(
        _ routes: [any HTTPRoute],
        onAnswer: @escaping (HTTPRequestHead, HTTPResponseStatus) -> Void = { _, _ in }
    ) {
        self.routes = Dictionary(
            routes.flatMap { route in route.paths.map { ($0[...], route) } },
            uniquingKeysWith: { first, _ in first }
        )
        self.onAnswer = onAnswer
    }

    package func screen(_ head: HTTPRequestHead, from peer: HTTPPeer) -> HeadVerdict {
        guard let route = routes[head.path] else {
            return .refuse(.text(.notFound, "there is nothing at \(head.path)\n"))
        }
        return route.screen(head, from: peer)
    }

    package func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        guard let route = routes[request.path] else { return .immediate(.text(.notFound, "")) }
        return route.respond(to: request, on: eventLoop)
    }

    package func answering(_ head: HTTPRequestHead, with status: HTTPResponseStatus) {
        routes[head.path]?.answering(head, with: status)
        onAnswer(head, status)
    }
}
