internal import JSON
package import Logging
internal import NIOCore
internal import NIOHTTP1
internal import PodIdentity
internal import Synchronization

/// `POST /mutate`. One for each event loop, because of its parser.
package final class AdmissionRoute {
    static let path = "/mutate"

    private let controller: AdmissionController
    private let lookups: Lookups
    private let events: (any AdmissionEvents)?
    private let requiresClientCertificate: Bool
    private let metrics: WebhookMetrics
    private let logger: Logger
    private let parser = JSONParser()

    /// What is asked for objects that the indexes do not have; nil where they have all there are.
    package struct Lookups: Sendable {
        package var serviceAccounts: (any AnnotationLookup)?
        package var namespaces: (any AnnotationLookup)?

        package init(
            serviceAccounts: (any AnnotationLookup)? = nil,
            namespaces: (any AnnotationLookup)? = nil
        ) {
            self.serviceAccounts = serviceAccounts
            self.namespaces = namespaces
        }
    }

    /// - Parameters:
    ///   - events: told of each answer; nil for nobody.
    ///   - requiresClientCertificate: refuses callers that have shown none.
    package init(
        controller: AdmissionController,
        lookups: Lookups,
        events: (any AdmissionEvents)? = nil,
        requiresClientCertificate: Bool = false,
        metrics: WebhookMetrics = .none,
        logger: Logger
    ) {
        self.controller = controller
        self.lookups = lookups
        self.events = events
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
        return answer(Exchange(request: request, eventLoop: eventLoop, start: start), found: .init())
    }

    private struct Exchange {
        let request: HTTPRequest
        let eventLoop: any EventLoop
        /// When the request was complete.
        let start: NIODeadline

        /// When lookups must be over: the API server waits for the time that it says in the query, and half of it is left
        /// for the way there and back.
        var lookupDeadline: NIODeadline { start + .nanoseconds((request.timeout ?? .seconds(30)).nanoseconds / 2) }
    }

    private func answer(_ exchange: Exchange, found: AdmissionController.Found) -> HTTPAnswer {
        switch review(exchange.request.body, found: found) {
        case .response(let response):
            metrics.took(.now() - exchange.start)
            return .now(response)
        case .needs(let missing):
            guard let lookup = lookup(of: missing) else {
                return answer(exchange, found: found.with(.absent, as: missing))
            }
            let route = NIOLoopBound((self, exchange), eventLoop: exchange.eventLoop)
            let name = missing.name
            let future = lookup.lookUp(name, until: exchange.lookupDeadline, on: exchange.eventLoop).flatMap { object in
                let (route, exchange) = route.value
                switch route.answer(exchange, found: found.with(object, as: missing)) {
                case .now(let response): return exchange.eventLoop.makeSucceededFuture(response)
                case .later(let future): return future
                }
            }
            return .later(future)
        }
    }

    private func lookup(of missing: AdmissionController.Missing) -> (any AnnotationLookup)? {
        switch missing {
        case .serviceAccount: lookups.serviceAccounts
        case .namespace: lookups.namespaces
        }
    }

    private enum Outcome {
        case response(HTTPResponse)
        case needs(AdmissionController.Missing)
    }

    /// Simdjson takes twelve times the length of a document, so that long ones are parsed one after the other.
    private static let longDocument = Mutex(())

    private func review(_ body: ByteBuffer, found: AdmissionController.Found) -> Outcome {
        guard body.readableBytes > JSONParser.largestKeptDocument else { return reviewNow(body, found: found) }
        return Self.longDocument.withLock { _ in reviewNow(body, found: found) }
    }

    private func reviewNow(_ body: ByteBuffer, found: AdmissionController.Found) -> Outcome {
        var body = body
        // The connection left room for the padding, so that this copies nothing.
        body.reserveCapacity(minimumWritableBytes: JSONParser.padding)
        do throws(AdmissionError) {
            let result = try body.withUnsafeReadableBytes { bytes throws(AdmissionError) in
                try controller.review(bytes, padded: true, parser: parser, found: found)
            }
            switch result {
            case .needs(let missing): return .needs(missing)
            case .answer(let answer):
                metrics.answered(answer)
                log(answer)
                events?.record(answer)
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
                "outcome": "\(answer.result.rawValue)",
                "reason": "\(answer.outcome.reason)",
                "method": "\(answer.outcome.method ?? "")",
                "role": "\(answer.outcome.identity ?? "")",
                "dry_run": "\(answer.isDryRun)",
            ]
        )
        for warning in answer.outcome.warnings {
            logger.warning(
                "\(warning)",
                metadata: [
                    "namespace": "\(answer.namespace)",
                    "pod": "\(answer.podName)",
                    "service_account": "\(answer.serviceAccount?.name ?? "")",
                    "reason": "\(answer.outcome.reason)",
                ]
            )
        }
    }
}

extension AdmissionController.Missing {
    fileprivate var name: NamespacedName {
        switch self {
        case .serviceAccount(let name): name
        case .namespace(let name): NamespacedName(namespace: "", name: name)
        }
    }
}

extension HTTPRequest {
    /// How long the API server waits for the answer: `timeout` in the query, as Go writes durations.
    fileprivate var timeout: TimeAmount? {
        let parameter = head.query.split(separator: "&").first { $0.hasPrefix("timeout=") }
        guard let text = parameter?.dropFirst("timeout=".count), let value = GoDuration(text) else { return nil }
        return TimeAmount(value.duration)
    }
}
