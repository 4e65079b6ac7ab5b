package import NIOCore
package import NIOHTTP1

/// The routes: `/mutate` for the API server, the health paths for the kubelet, metrics for operators. One for each event
/// loop.
package final class WebhookResponder: HTTPResponder {
    /// In bytes. The API server sends reviews of up to about 3 MiB (its own limit of a request); the limit is the same as
    /// that of other admission webhooks.
    package static let maximumReview = 7 * 1024 * 1024

    private let health: HealthRoutes
    /// Nil on the plain port.
    private let admission: AdmissionRoute?
    /// Nil on the HTTPS port.
    private let operations: OperationsRoutes?
    private let metrics: WebhookMetrics

    package init(
        health: HealthRoutes,
        admission: AdmissionRoute? = nil,
        operations: OperationsRoutes? = nil,
        metrics: WebhookMetrics = .none
    ) {
        self.health = health
        self.admission = admission
        self.operations = operations
        self.metrics = metrics
    }

    package func admit(_ head: HTTPRequestHead, from peer: HTTPPeer) -> HTTPAdmission {
        if AdmissionRoute.serves(head.path), let admission { return admission.admit(head, from: peer) }
        guard HealthRoutes.paths.contains(String(head.path)) || operations?.serves(head.path) ?? false else {
            return .refuse(.text(.notFound, "there is nothing at \(head.path)\n"))
        }
        guard head.method == .GET || head.method == .HEAD else { return .refuse(.methodNotAllowed("GET, HEAD")) }
        return .accept(maximumBody: 0)
    }

    package func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        if AdmissionRoute.serves(request.path), let admission { return admission.respond(to: request, on: eventLoop) }
        if let operations, operations.serves(request.path) { return .now(operations.respond(to: request)) }
        return .now(health.respond(to: request))
    }

    package func answering(_ head: HTTPRequestHead, with status: HTTPResponseStatus) {
        metrics.answering(head, with: status)
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
