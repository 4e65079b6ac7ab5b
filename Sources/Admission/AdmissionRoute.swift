package import ClusterState
internal import GoSyntax
package import HTTPServer
internal import JSON
internal import KubernetesObjects
package import NIOCore
package import NIOHTTP1
internal import PodIdentity
internal import Synchronization

/// `POST /mutate`, and `/mutate/strict`, which denies a pod if its identity cannot be determined. `/mutate-v1-pod` is
/// an alias of `/mutate` with the path that kubebuilder generates, for registrations made for other webhooks. Each
/// event loop has its own route, because of the parser.
package final class AdmissionRoute: HTTPRoute {
    private static let strictPath = "/mutate/strict"

    /// The maximum length of a review in bytes. The API server sends reviews of up to about 3 MiB, its own limit for a
    /// request; this limit is the same as that of other admission webhooks.
    package static let maximumReview = 7 * 1024 * 1024

    package let paths = ["/mutate", "/mutate-v1-pod", strictPath]

    private let controller: AdmissionController
    private let lookups: Lookups
    private let events: (any AdmissionEvents)?
    private let requiresClientCertificate: Bool
    private let metrics: AdmissionRecorder
    private let log: AdmissionLog
    private let parser = JSONParser()
    private let local: AdmissionController.Local

    /// The lookups of objects that are not known.
    package struct Lookups: Sendable {
        /// The lookup of ServiceAccounts; nil if the index has all of them.
        package var serviceAccounts: (any AnnotationLookup)?
        /// The lookup of Namespaces; nil if the index has all of them.
        package var namespaces: (any AnnotationLookup)?
        /// The store with the unread configurations that pods wait for; nil if all have been read.
        package var configurations: ConfigurationStore?
        /// How long a pod may wait for lookups, from its arrival.
        package var gracePeriod = Duration.seconds(1)

        package init() {}
    }

    /// - Parameters:
    ///   - events: Receives each response; nil if no Events are written.
    ///   - requiresClientCertificate: Whether clients that have not presented a certificate are refused.
    package init(
        controller: AdmissionController,
        lookups: Lookups,
        events: (any AdmissionEvents)? = nil,
        requiresClientCertificate: Bool = false,
        metrics: AdmissionMetrics = .none,
        log: AdmissionLog
    ) {
        self.controller = controller
        local = controller.makeLocal()
        self.lookups = lookups
        self.events = events
        self.requiresClientCertificate = requiresClientCertificate
        self.metrics = metrics.recorder()
        self.log = log
    }

    package func screen(_ head: RequestHead, from peer: HTTPPeer) -> HeadVerdict {
        guard peer.hasCertificate || !requiresClientCertificate else {
            return .refuse(.text(.forbidden, "a client certificate from the configured CA is required\n"))
        }
        guard head.method == .POST else { return .refuse(.methodNotAllowed("POST")) }
        guard Self.isJSON(head.contentType ?? "") else {
            return .refuse(.text(.unsupportedMediaType, "unsupported content type; use application/json\n"))
        }
        return .accept(maximumBody: Self.maximumReview)
    }

    package func answering(_ head: RequestHead, with status: HTTPResponseStatus) {
        if let refusal = AdmissionMetrics.Refusal(status) { metrics.recordRefusal(refusal) }
    }

    /// Media types are case-insensitive and may have parameters (RFC 9110, section 8.3.1).
    private static func isJSON(_ contentType: String) -> Bool {
        if contentType == "application/json" { return true }
        let type = contentType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
        return type.lowercased() == "application/json"
    }

    package func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        let review = PendingReview(
            request: request,
            eventLoop: eventLoop,
            start: .now(),
            isStrict: request.path == Self.strictPath,
            gracePeriod: TimeAmount(lookups.gracePeriod)
        )
        metrics.recordStart()
        return respond(to: review, results: .init())
    }

    private struct PendingReview {
        let request: HTTPRequest
        let eventLoop: any EventLoop
        /// The time at which the request was complete.
        let start: NIODeadline
        let isStrict: Bool
        let gracePeriod: TimeAmount

        /// The time by which all lookups must be finished. The API server says in the query how long it waits; half of
        /// that is reserved for the network.
        var lookupDeadline: NIODeadline {
            start + min(gracePeriod, .nanoseconds((request.timeout ?? .seconds(30)).nanoseconds / 2))
        }
    }

    private func respond(to review: PendingReview, results: AdmissionController.LookupResults) -> HTTPAnswer {
        switch evaluate(review, results: results) {
        case .ready(let response):
            metrics.recordEnd(after: .now() - review.start)
            return .immediate(response)
        case .needs(let need):
            guard let lookup = lookUp(need, for: review, results: results) else {
                return respond(to: review, results: results.adding(.absent, for: need))
            }
            let route = NIOLoopBound((self, review), eventLoop: review.eventLoop)
            let future = lookup.flatMap { results in
                let (route, review) = route.value
                switch route.respond(to: review, results: results) {
                case .immediate(let response): return review.eventLoop.makeSucceededFuture(response)
                case .deferred(let future): return future
                }
            }
            return .deferred(future)
        }
    }

    /// Starts a lookup; returns nil if there is no way to look this up.
    private func lookUp(
        _ need: DecisionInputs.Need,
        for review: PendingReview,
        results: AdmissionController.LookupResults
    ) -> EventLoopFuture<AdmissionController.LookupResults>? {
        let (deadline, eventLoop) = (review.lookupDeadline, review.eventLoop)
        switch need {
        case .serviceAccount(let name):
            return lookups.serviceAccounts?.lookUp(name, until: deadline, on: eventLoop).map {
                results.adding($0, for: need)
            }
        case .namespace(let name):
            let name = NamespacedName(namespace: "", name: name)
            return lookups.namespaces?.lookUp(name, until: deadline, on: eventLoop).map {
                results.adding($0, for: need)
            }
        case .configuration(let place):
            return lookups.configurations?.waitUntilRead(place, until: deadline, on: eventLoop).map { isRead in
                isRead ? results : results.adding(.unknown, for: need)
            }
        }
    }

    /// Ensures that long documents are parsed one at a time, because parsing can take nine times the length of a
    /// document.
    private static let longDocumentLock = Mutex(())

    private func evaluate(_ review: PendingReview, results: AdmissionController.LookupResults) -> Answer<HTTPResponse> {
        let length = review.request.body.readableBytes
        guard length > JSONParser.largestKeptDocument else { return parseAndEvaluate(review, results: results) }
        return Self.longDocumentLock.withLock { _ in parseAndEvaluate(review, results: results) }
    }

    private func parseAndEvaluate(
        _ review: PendingReview,
        results: AdmissionController.LookupResults
    ) -> Answer<HTTPResponse> {
        var body = review.request.body
        // Connections leave this much room after nearly all bodies, so these are not copied.
        body.reserveCapacity(minimumWritableBytes: JSONParser.padding)
        do throws(AdmissionError) {
            let answer = try body.withUnsafeReadableBytes { bytes throws(AdmissionError) in
                try controller.review(bytes, padded: true, parser: parser, local: local, results: results)
            }
            switch answer {
            case .needs(let need): return .needs(need)
            case .ready(let response):
                if review.isStrict { response.denyIfUnavailable() }
                metrics.recordResponse(response)
                log.logResponse(response) { .nanoseconds((.now() - review.start).nanoseconds) }
                events?.record(response)
                return .ready(
                    HTTPResponse(.ok, contentType: "application/json", body: ByteBuffer(bytes: response.body))
                )
            }
        } catch {
            metrics.recordRefusal(.init(error))
            log.logRefusal(error)
            return .ready(.text(.badRequest, "\(error)\n"))
        }
    }
}

extension HTTPRequest {
    /// How long the API server waits for the response: `timeout` in the query, a duration in Go's syntax.
    fileprivate var timeout: TimeAmount? {
        let parameter = head.query.split(separator: "&").first { $0.hasPrefix("timeout=") }
        guard let text = parameter?.dropFirst("timeout=".count), let value = GoDuration(text) else { return nil }
        return TimeAmount(value.duration)
    }
}
