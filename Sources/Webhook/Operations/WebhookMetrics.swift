package import CoreMetrics
internal import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL
internal import PodIdentity
internal import Synchronization

/// Counts what the webhook does. Every series is looked up once and then kept.
package final class WebhookMetrics: Sendable {
    /// How a TLS handshake ended.
    enum Handshake: String, CaseIterable {
        case completed
        /// Versions, ciphers or certificates that one of the two does not accept, or no TLS at all.
        case failed
        case timedOut = "timed_out"
        /// By the client, which may be a check of the port.
        case closed
    }

    /// Why a request to `/mutate` was refused.
    enum Refusal: String, CaseIterable {
        case malformedReview = "malformed_review"
        case malformedJSON = "malformed_json"
        case malformedPod = "malformed_pod"
        case noClientCertificate = "no_client_certificate"
        case methodNotAllowed = "method_not_allowed"
        case unsupportedMediaType = "unsupported_media_type"
        case bodyTooLarge = "body_too_large"

        init(_ error: AdmissionError) {
            switch error {
            case .malformedReview: self = .malformedReview
            case .malformedJSON: self = .malformedJSON
            case .malformedPod: self = .malformedPod
            }
        }
    }

    /// What a request that was answered comes under.
    private struct AnswerLabels: Hashable {
        let reason: Reason
        let isDryRun: Bool
        var isDenied = false
    }

    let factory: any MetricsFactory
    private let requests = Mutex<[RequestLabels: Counter]>([:])
    private let pods = Mutex<[String: Counter]>([:])
    private let missing: Counter
    private let used: Meter
    private let answers: [AnswerLabels: Counter]
    private let refusals: [Refusal: Counter]
    private let duration: CoreMetrics.Timer
    private let handshakes: [Handshake: Counter]
    private let connections: Meter
    private let bufferedBytes: Meter
    private let limits: [HTTPLimit: Counter]

    /// - Parameters:
    ///   - factory: with the metrics of `definitions`.
    ///   - version: of the program.
    package init(factory: any MetricsFactory, version: String) {
        func counter(_ name: String, _ labels: [(String, String)] = []) -> Counter {
            Counter(label: Self.prefix + name, dimensions: labels, factory: factory)
        }
        func counters<Label: RawRepresentable<String> & CaseIterable & Hashable>(
            _ name: String,
            _ label: String
        ) -> [Label: Counter] {
            Dictionary(uniqueKeysWithValues: Label.allCases.map { ($0, counter(name, [(label, $0.rawValue)])) })
        }
        func request(_ outcome: AdmissionAnswer.Outcome, _ reason: String, isDryRun: Bool) -> Counter {
            let labels = [("outcome", outcome.rawValue), ("reason", reason), ("dry_run", "\(isDryRun)")]
            return counter("admission_requests_total", labels)
        }
        self.factory = factory
        missing = counter("missing_sa_count")
        used = Meter(label: Self.prefix + "used", factory: factory)
        var answers: [AnswerLabels: Counter] = [:]
        for reason in Reason.allCases {
            let outcome: AdmissionAnswer.Outcome = reason.isMutation ? .mutated : .unchanged
            for isDryRun in [false, true] {
                let labels = AnswerLabels(reason: reason, isDryRun: isDryRun)
                answers[labels] = request(outcome, reason.rawValue, isDryRun: isDryRun)
                guard reason.isUnavailable else { continue }
                let denied = AnswerLabels(reason: reason, isDryRun: isDryRun, isDenied: true)
                answers[denied] = request(.denied, reason.rawValue, isDryRun: isDryRun)
            }
        }
        self.answers = answers
        refusals = Dictionary(
            uniqueKeysWithValues: Refusal.allCases.map { ($0, request(.refused, $0.rawValue, isDryRun: false)) }
        )
        duration = Timer(label: Self.prefix + "admission_duration_seconds", factory: factory)
        handshakes = counters("tls_handshakes_total", "result")
        connections = Meter(label: Self.prefix + "open_connections", factory: factory)
        bufferedBytes = Meter(label: Self.prefix + "buffered_bytes", factory: factory)
        limits = counters("limits_reached_total", "limit")
        Meter(label: Self.prefix + "build_info", dimensions: [("version", version)], factory: factory).set(1)
    }

    /// Counts for nobody.
    package static let none = WebhookMetrics(factory: NOOPMetricsHandler.instance, version: "")

    static let prefix = "pod_identity_webhook_"

    // MARK: Requests

    func answering(_ head: HTTPRequestHead, with status: HTTPResponseStatus) {
        let labels = RequestLabels(head, status)
        requests.withLock { requests in
            if let counter = requests[labels] { return counter }
            let counter = Counter(
                label: "http_request_count",
                dimensions: [
                    ("verb", labels.verb.rawValue), ("path", labels.path.rawValue), ("code", "\(labels.status)"),
                ],
                factory: factory
            )
            requests[labels] = counter
            return counter
        }.increment()
        guard [.mutate, .mutateStrict].contains(labels.path) else { return }
        switch status {
        case .forbidden: refused(.noClientCertificate)
        case .methodNotAllowed: refused(.methodNotAllowed)
        case .unsupportedMediaType: refused(.unsupportedMediaType)
        case .payloadTooLarge: refused(.bodyTooLarge)
        default: break
        }
    }

    // MARK: Reviews

    func answered(_ answer: AdmissionAnswer) {
        let reason = answer.outcome.reason
        answers[AnswerLabels(reason: reason, isDryRun: answer.isDryRun, isDenied: answer.isDenied)]?.increment()
        if reason.isMutation {
            used.set(1)
            pod(answer.outcome.method ?? "").increment()
        } else if reason == .serviceAccountNotFound || reason == .serviceAccountUnavailable {
            missing.increment()
        }
    }

    private func pod(_ method: String) -> Counter {
        pods.withLock { pods in
            if let counter = pods[method] { return counter }
            let counter = Counter(label: Self.prefix + "pod_count", dimensions: [("method", method)], factory: factory)
            pods[method] = counter
            return counter
        }
    }

    func refused(_ error: AdmissionError) {
        refused(Refusal(error))
    }

    private func refused(_ refusal: Refusal) { refusals[refusal]?.increment() }

    func took(_ time: TimeAmount) { duration.recordNanoseconds(time.nanoseconds) }

    // MARK: Connections

    func connectionOpened() { connections.increment() }

    func connectionClosed() { connections.decrement() }

    func buffers(_ bytes: Int) { bufferedBytes.set(bytes) }

    func reached(_ limit: HTTPLimit) { limits[limit]?.increment() }

    func shookHands(_ result: Handshake) { handshakes[result]?.increment() }
}
