package import NIOCore
package import NIOHTTP1

/// Answers the requests of some paths.
package protocol HTTPRoute: HTTPResponder {
    /// The paths that are served, without a query.
    var paths: [String] { get }
}

extension HTTPRoute {
    /// Accepts requests that read something, and have no body.
    package func screen(_ head: HTTPRequestHead, from peer: HTTPPeer) -> HeadVerdict {
        guard head.method == .GET || head.method == .HEAD else { return .refuse(.methodNotAllowed("GET, HEAD")) }
        return .accept(maximumBody: 0)
    }
}

/// Sends each request to the route of its path. Each event loop has a router of its own.
package final class HTTPRouter: HTTPResponder {
    private let routes: [Substring: any HTTPRoute]
    private let onAnswer: (HTTPRequestHead, HTTPResponseStatus) -> Void

    /// - Parameters:
    ///   - routes: no two of them serve the same path.
    ///   - onAnswer: called for each response that is sent, also for a path that no route serves.
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
