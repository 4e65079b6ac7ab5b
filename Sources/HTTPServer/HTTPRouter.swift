package import NIOCore
package import NIOHTTP1

/// Answers requests for some paths.
package protocol HTTPRoute: HTTPResponder {
    /// The paths that are served, without a query.
    var paths: [String] { get }
}

/// Answers GET and HEAD requests for some paths with a page.
package struct PageRoute: HTTPRoute {
    package let paths: [String]
    private let page: (HTTPRequest) -> HTTPResponse

    package init(_ paths: String..., page: @escaping (HTTPRequest) -> HTTPResponse) {
        self.paths = paths
        self.page = page
    }

    package func screen(_ head: RequestHead, from peer: HTTPPeer) -> HeadVerdict {
        guard head.method == .GET || head.method == .HEAD else { return .refuse(.methodNotAllowed("GET", "HEAD")) }
        return .accept(maximumBody: 0)
    }

    package func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        .immediate(page(request))
    }
}

/// Passes each request to the route for its path. Each event loop has its own router.
package final class HTTPRouter: HTTPResponder {
    private let routes: [(path: String, route: any HTTPRoute)]
    private let onAnswer: (RequestHead, HTTPResponseStatus) -> Void

    /// - Parameters:
    ///   - routes: No two of them serve the same path.
    ///   - onAnswer: Called for each response that is sent, including those for paths that no route serves.
    package init(
        _ routes: [any HTTPRoute],
        onAnswer: @escaping (RequestHead, HTTPResponseStatus) -> Void = { _, _ in }
    ) {
        self.routes = routes.flatMap { route in route.paths.map { ($0, route) } }
        self.onAnswer = onAnswer
    }

    /// There are too few routes for a dictionary to be faster. Copying whole elements would count references to each.
    private func route(of head: RequestHead) -> (any HTTPRoute)? {
        for index in routes.indices where head.hasPath(routes[index].path) { return routes[index].route }
        return nil
    }

    package func screen(_ head: RequestHead, from peer: HTTPPeer) -> HeadVerdict {
        guard let route = route(of: head) else {
            return .refuse(.text(.notFound, "not found: \(head.path)\n"))
        }
        return route.screen(head, from: peer)
    }

    package func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        guard let route = route(of: request.head) else { return .immediate(.text(.notFound, "")) }
        return route.respond(to: request, on: eventLoop)
    }

    package func answering(_ head: RequestHead, with status: HTTPResponseStatus) {
        route(of: head)?.answering(head, with: status)
        onAnswer(head, status)
    }
}
