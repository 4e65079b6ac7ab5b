package import NIOCore
package import NIOHTTP1

/// The routes: `/mutate` for the API server, the health paths for the kubelet. One for each event loop.
package final class WebhookResponder: HTTPResponder {
    /// In bytes. The API server sends reviews of up to about 3 MiB (its own limit of a request); the limit is the same as
    /// that of other admission webhooks.
    package static let maximumReview = 7 * 1024 * 1024

    private let health: HealthRoutes
    /// Nil on the plain port, which has the health paths alone.
    private let admission: AdmissionRoute?

    package init(health: HealthRoutes, admission: AdmissionRoute?) {
        self.health = health
        self.admission = admission
    }

    package func admit(_ head: HTTPRequestHead, from peer: HTTPPeer) -> HTTPAdmission {
        if head.path == AdmissionRoute.path, let admission { return admission.admit(head, from: peer) }
        guard HealthRoutes.paths.contains(String(head.path)) else {
            return .refuse(.text(.notFound, "there is nothing at \(head.path)\n"))
        }
        guard head.method == .GET || head.method == .HEAD else { return .refuse(.methodNotAllowed("GET, HEAD")) }
        return .accept(maximumBody: 0)
    }

    package func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        if request.path == AdmissionRoute.path, let admission { return admission.respond(to: request, on: eventLoop) }
        return .now(health.respond(to: request))
    }
}

/// `/healthz` and `/livez`: the process runs. `/readyz`: requests should be sent here; `?verbose` tells each check.
package struct HealthRoutes: Sendable {
    static let paths: Set<String> = ["/healthz", "/livez", "/readyz"]

    private let readiness: Readiness

    package init(readiness: Readiness) { self.readiness = readiness }

    func respond(to request: HTTPRequest) -> HTTPResponse {
        guard request.path == "/readyz" else { return .text(.ok, "ok") }
        guard readiness.isReady else { return .text(.serviceUnavailable, readiness.report) }
        let isVerbose = request.head.query.split(separator: "&").contains { $0.prefix { $0 != "=" } == "verbose" }
        return .text(.ok, isVerbose ? readiness.report : "ok")
    }
}

extension HTTPResponse {
    static func methodNotAllowed(_ allowed: String) -> HTTPResponse {
        var response = HTTPResponse.text(.methodNotAllowed, "the methods here are \(allowed)\n")
        response.headers.append(Header(name: "allow", value: allowed))
        return response
    }
}
