internal import JSON
package import Logging
package import NIOCore
internal import NIOHTTP1
package import PodIdentity

/// `POST /mutate`. One for each event loop, because of its parser.
package final class AdmissionRoute {
    static let path = "/mutate"

    private let controller: AdmissionController
    private let lookup: (any ServiceAccountLookup)?
    private let requiresClientCertificate: Bool
    private let metrics: WebhookMetrics
    private let logger: Logger
    private let parser = JSONParser()

    /// - Parameters:
    ///   - lookup: asked for ServiceAccounts that the index does not have; nil where the index has all there are.
    ///   - requiresClientCertificate: refuses callers that have shown none.
    package init(
        controller: AdmissionController,
        lookup: (any ServiceAccountLookup)?,
        requiresClientCertificate: Bool = false,
        metrics: WebhookMetrics = .none,
        logger: Logger
    ) {
        self.controller = controller
        self.lookup = lookup
        self.requiresClientCertificate = requiresClientCertificate
        self.metrics = metrics
        self.logger = logger
    }

    func admit(_ head: HTTPRequestHead, from peer: HTTPPeer) -> HTTPAdmission {
        guard peer.hasCertificate || !requiresClientCertificate else {
            return .refuse(.text(.forbidden, "only callers with a certificate of the client CA are answered here\n"))
        }
        guard head.method == .POST else { return .refuse(.methodNotAllowed("POST")) }
        guard Self.isJSON(head.headers.first(name: "content-type") ?? "") else {
            return .refuse(.text(.unsupportedMediaType, "the content type here is application/json\n"))
        }
        return .accept(maximumBody: WebhookResponder.maximumReview)
    }

    /// Media types are case-insensitive and may have parameters (RFC 9110, section 8.3.1).
    private static func isJSON(_ contentType: String) -> Bool {
        if contentType == "application/json" { return true }
        let type = contentType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
        return type.lowercased() == "application/json"
    }

    func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        let start = NIODeadline.now()
        switch review(request.body, found: nil) {
        case .response(let response):
            metrics.took(.now() - start)
            return .now(response)
        case .needsServiceAccount(let name):
            guard let lookup else { return .now(finish(request.body, found: .absent, since: start)) }
            let route = NIOLoopBound(self, eventLoop: eventLoop)
            let future = lookup.lookUp(name, on: eventLoop).map { found in
                route.value.finish(request.body, found: found, since: start)
            }
            return .later(future)
        }
    }

    private enum Outcome {
        case response(HTTPResponse)
        case needsServiceAccount(NamespacedName)
    }

    /// With the ServiceAccount looked up nothing more can be missing.
    private func finish(
        _ body: ByteBuffer,
        found: Sources.ServiceAccount,
        since start: NIODeadline
    ) -> HTTPResponse {
        defer { metrics.took(.now() - start) }
        return switch review(body, found: found) {
        case .response(let response): response
        case .needsServiceAccount(let name): .text(.internalServerError, "the ServiceAccount \(name) is unknown\n")
        }
    }

    private func review(_ body: ByteBuffer, found: Sources.ServiceAccount?) -> Outcome {
        var body = body
        // The connection left room for the padding, so that this copies nothing.
        body.reserveCapacity(minimumWritableBytes: JSONParser.padding)
        do throws(AdmissionError) {
            let result = try body.withUnsafeReadableBytes { bytes throws(AdmissionError) in
                try controller.review(bytes, padded: true, parser: parser, found: found)
            }
            switch result {
            case .needsServiceAccount(let name): return .needsServiceAccount(name)
            case .answer(let answer):
                metrics.answered(answer)
                log(answer)
                let body = ByteBuffer(bytes: answer.body)
                return .response(HTTPResponse(.ok, contentType: "application/json", body: body))
            }
        } catch {
            metrics.refused(error)
            logger.warning("refused a request", metadata: ["error": "\(error)"])
            return .response(.text(.badRequest, "\(error)\n"))
        }
    }

    private func log(_ answer: AdmissionAnswer) {
        logger.debug(
            "answered",
            metadata: [
                "uid": "\(answer.uid)",
                "namespace": "\(answer.namespace)",
                "pod": "\(answer.podName)",
                "service_account": "\(answer.serviceAccount?.name ?? "")",
                "reason": "\(answer.outcome.reason)",
                "role": "\(answer.outcome.identity ?? "")",
                "dry_run": "\(answer.isDryRun)",
            ]
        )
        for warning in answer.outcome.warnings {
            logger.warning(
                "\(warning)",
                metadata: ["namespace": "\(answer.namespace)", "pod": "\(answer.podName)"]
            )
        }
    }
}

/// Asks where the truth is for a ServiceAccount that the index does not have.
package protocol ServiceAccountLookup: Sendable {
    /// Never fails; unknown where nothing could be found out in time. Completes on the event loop given.
    func lookUp(_ name: NamespacedName, on eventLoop: any EventLoop) -> EventLoopFuture<Sources.ServiceAccount>
}
