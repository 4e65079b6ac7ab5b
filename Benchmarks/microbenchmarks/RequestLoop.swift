import Admission
import HTTPServer
import Logging
import NIOCore
import NIOEmbedded
import NIOOpenSSL
import Operations
import Prometheus

/// An API server's connection to the webhook, in one thread, with everything that such a connection involves: TLS,
/// HTTP, the route for reviews, metrics and logs. It has no sockets and no kernel, and the client's work is not
/// measured.
final class RequestLoop {
    private let connection: TLSLoop
    private let request: [UInt8]
    private let responseLength: Int

    init(_ scenario: Scenario) throws {
        let registry = PrometheusRegistry(RequestMetrics.definitions + AdmissionMetrics.definitions)
        let route = AdmissionRoute(
            controller: scenario.controller,
            lookups: AdmissionRoute.Lookups(),
            metrics: AdmissionMetrics(factory: registry),
            log: AdmissionLog(logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
        )
        let requests = RequestMetrics(paths: route.paths, factory: registry)
        let router = HTTPRouter([route], onAnswer: requests.recorder(.https).recordResponse)
        connection = try TLSLoop { tls, pipeline in
            let handler = HTTPConnectionHandler(
                responder: router,
                limits: HTTPLimits(),
                isEncrypted: true,
                peer: { HTTPPeer(hasCertificate: tls.hasPeerCertificate) },
                isWithinRecord: { tls.isWithinRecord }
            )
            try handler.add(to: pipeline)
        }
        // The head is that which Go's client in an API server sends.
        let head = """
            POST /mutate?timeout=10s HTTP/1.1
            Host: pod-identity-webhook.pod-identity-webhook.svc:443
            User-Agent: kube-apiserver-admission
            Content-Length: \(scenario.review.count)
            Accept: application/json, */*
            Content-Type: application/json
            Accept-Encoding: gzip


            """
        request =
            Array(head.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
            + scenario.review
        let response = try connection.exchange(request) { try $0() }
        let text = String(buffer: response)
        guard text.hasPrefix("HTTP/1.1 200 OK\r\n"), text.contains(#""patch":"#) else {
            throw BenchmarkError.unexpectedResponse(text)
        }
        responseLength = response.readableBytes
    }

    func exchange(_ measure: Step.Measure) throws {
        guard try connection.exchange(request, measure).readableBytes == responseLength else {
            throw BenchmarkError.noPlaintext
        }
    }
}
