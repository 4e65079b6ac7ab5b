package import ClusterState
internal import GoSyntax
package import HTTPServer
internal import JSON
internal import KubernetesObjects
package import NIOCore
package import NIOHTTP1
internal import PodIdentity
internal import Synchronization

/// `POST /mutate`, and `/mutate/strict`, where a pod is denied if it cannot be found out which identity it should have. One
/// for each event loop, because of its parser.
package final class AdmissionRoute: HTTPRoute {
    private static let strictPath = "/mutate/strict"
    package static let paths = ["/mutate", strictPath]

    /// In bytes. The API server sends reviews of up to about 3 MiB (its own limit of a request); the limit is the same as
    /// that of other admission webhooks.
    package static let maximumReview = 7 * 1024 * 1024

    package var paths: [String] { Self.paths }

    private let controller: AdmissionController
    private let lookups: Lookups
    private let events: (any AdmissionEvents)?
    private let requiresClientCertificate: Bool
    private let metrics: AdmissionMetrics
    private let log: AdmissionLog
    private let parser = JSONParser()

    /// What is asked for what is not known.
    package struct Lookups: Sendable {
        /// Nil where the index has all there are.
        package var serviceAccounts: (any AnnotationLookup)?
        /// Nil where the index has all there are.
        package var namespaces: (any AnnotationLookup)?
        /// Nil where all have been read.
        package var configurations: ConfigurationStore?
        /// From the arrival of a pod.
        package var gracePeriod = Duration.seconds(1)

        package init() {}
    }

    /// - Parameters:
    ///   - events: told of each answer; nil for nobody.
    ///   - requiresClientCertificate: refuses callers that have shown none.
    package init(
        controller: AdmissionController,
        lookups: Lookups,
        events: (any AdmissionEvents)? = nil,
        requiresClientCertificate: Bool = false,
        metrics: AdmissionMetrics = .none,
        log: AdmissionLog
    ) {
        self.controller = controller
        self.lookups = lookups
        self.events = events
        self.requiresClientCertificate = requiresClientCertificate
        self.metrics = metrics
        self.log = log
    }

    package func screen(_ head: HTTPRequestHead, from peer: HTTPPeer) -> HeadVerdict {
        guard peer.hasCertificate || !requiresClientCertificate else {
            return .refuse(.text(.forbidden, "only callers with a certificate of the client CA are answered here\n"))
        }
        guard head.method == .POST else { return .refuse(.methodNotAllowed("POST")) }
        guard Self.isJSON(head.headers.first(name: "content-type") ?? "") else {
            return .refuse(.text(.unsupportedMediaType, "the content type here is application/json\n"))
        }
        return .accept(maximumBody: Self.maximumReview)
    }

    package func answering(_ head: HTTPRequestHead, with status: HTTPResponseStatus) {
        if let refusal = AdmissionMetrics.Refusal(status) { metrics.refused(refusal) }
    }

    /// Media types are case-insensitive and may have parameters (RFC 9110, section 8.3.1).
    private static func isJSON(_ contentType: String) -> Bool {
        if contentType == "application/json" { return true }
        let type = contentType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
        return type.lowercased() == "application/json"
    }

    package func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        let exchange = Exchange(
            request: request,
            eventLoop: eventLoop,
            start: .now(),
            isStrict: request.path == Self.strictPath,
            gracePeriod: TimeAmount(lookups.gracePeriod)
        )
        return answer(exchange, found: .init())
    }

    private struct Exchange {
        let request: HTTPRequest
        let eventLoop: any EventLoop
        /// When the request was complete.
        let start: NIODeadline
        let isStrict: Bool
        let gracePeriod: TimeAmount

        /// When all lookups must be over: the API server waits for the time that it says in the query, and half of it is
        /// left for the way there and back.
        var lookupDeadline: NIODeadline {
            start + min(gracePeriod, .nanoseconds((request.timeout ?? .seconds(30)).nanoseconds / 2))
        }
    }

    private func answer(_ exchange: Exchange, found: AdmissionController.Found) -> HTTPAnswer {
        switch review(exchange, found: found) {
        case .ready(let response):
            metrics.recordDuration(.now() - exchange.start)
            return .immediate(response)
        case .needs(let need):
            guard let lookup = lookUp(need, for: exchange, found: found) else {
                return answer(exchange, found: found.with(.absent, for: need))
            }
            let route = NIOLoopBound((self, exchange), eventLoop: exchange.eventLoop)
            let future = lookup.flatMap { found in
                let (route, exchange) = route.value
                switch route.answer(exchange, found: found) {
                case .immediate(let response): return exchange.eventLoop.makeSucceededFuture(response)
                case .deferred(let future): return future
                }
            }
            return .deferred(future)
        }
    }

    /// Nil where nobody can be asked.
    private func lookUp(
        _ need: DecisionInputs.Need,
        for exchange: Exchange,
        found: AdmissionController.Found
    ) -> EventLoopFuture<AdmissionController.Found>? {
        let (deadline, eventLoop) = (exchange.lookupDeadline, exchange.eventLoop)
        switch need {
        case .serviceAccount(let name):
            return lookups.serviceAccounts?.lookUp(name, until: deadline, on: eventLoop).map {
                found.with($0, for: need)
            }
        case .namespace(let name):
            let name = NamespacedName(namespace: "", name: name)
            return lookups.namespaces?.lookUp(name, until: deadline, on: eventLoop).map { found.with($0, for: need) }
        case .configuration(let place):
            return lookups.configurations?.read(place, until: deadline, on: eventLoop).map { isRead in
                isRead ? found : found.with(.unknown, for: need)
            }
        }
    }

    /// Simdjson takes twelve times the length of a document, so that long ones are parsed one after the other.
    private static let longDocument = Mutex(())

    private func review(_ exchange: Exchange, found: AdmissionController.Found) -> Answer<HTTPResponse> {
        let length = exchange.request.body.readableBytes
        guard length > JSONParser.largestKeptDocument else { return reviewNow(exchange, found: found) }
        return Self.longDocument.withLock { _ in reviewNow(exchange, found: found) }
    }

    private func reviewNow(_ exchange: Exchange, found: AdmissionController.Found) -> Answer<HTTPResponse> {
        var body = exchange.request.body
        // The connection left room for the padding, so that this copies nothing.
        body.reserveCapacity(minimumWritableBytes: JSONParser.padding)
        do throws(AdmissionError) {
            let answer = try body.withUnsafeReadableBytes { bytes throws(AdmissionError) in
                try controller.review(bytes, padded: true, parser: parser, found: found)
            }
            return answer.map { response in
                var response = response
                response.isDenied = exchange.isStrict && response.outcome.reason.isUnavailable
                metrics.answered(response)
                log.answered(response)
                events?.record(response)
                return HTTPResponse(.ok, contentType: "application/json", body: ByteBuffer(bytes: response.body))
            }
        } catch {
            metrics.refused(.init(error))
            log.refused(error)
            return .ready(.text(.badRequest, "\(error)\n"))
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
