import Foundation
import JSON
import TestPrograms
import TestSupport
import Testing

/// The program as a server with a file of ServiceAccounts, and curl as its client.
final class WebhookUnderTest: Sendable {
    struct Response {
        let status: Int
        let body: String
    }

    let process: WebhookProcess
    let certificate: CertificateFolder
    let folder: TemporaryDirectory
    var accounts: String { folder.path("accounts.yaml") }

    static let role = "arn:aws:iam::111122223333:role/app"
    static let account = """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: app, namespace: default, annotations: {eks.amazonaws.com/role-arn: "\(role)"}}
        """

    /// - Parameters:
    ///   - accounts: Nil if the flags name an API server. Then it only waits until the webhook responds.
    ///   - folder: The folder for the accounts and for other files that the flags name.
    init(
        _ flags: [String] = [],
        accounts: String? = account,
        folder: TemporaryDirectory? = nil,
        environment: [String: String] = [:]
    ) async throws {
        self.folder = try folder ?? TemporaryDirectory()
        let folder = self.folder
        if let accounts { try folder.write(accounts, to: "accounts.yaml") }
        let source = accounts == nil ? [] : ["--service-accounts", folder.path("accounts.yaml")]
        certificate = try await CertificateFolder.make(["localhost", "127.0.0.1", "::1"])
        process = try WebhookProcess(
            source + ["--shutdown-delay=0s"] + flags,
            certificate: certificate,
            environment: environment
        )
        if accounts == nil {
            try await eventually("the webhook to answer", log: { self.process.logTail() }) {
                (try? await self.get("/healthz"))?.status == 200
            }
        } else {
            try await process.waitUntilReady()
        }
    }

    func url(_ path: String, host: String = "localhost") -> String { "https://\(host):\(process.port)\(path)" }

    /// A URL on the plaintext port.
    func metricsURL(_ path: String) -> String { "http://localhost:\(process.metricsPort)\(path)" }

    /// The metrics at `/metrics`.
    func scrape() async throws -> ScrapedMetrics {
        let response = try await curl([metricsURL("/metrics")])
        try #require(response.status == 200, "\(response.body)")
        return try await ScrapedMetrics(parsing: response.body)
    }

    /// The response to a curl request that trusts the certificate's CA.
    func curl(_ arguments: [String], input: [UInt8] = []) async throws -> Response {
        let output = try await Command(
            "curl",
            ["-sS", "--max-time", "30", "--cacert", certificate.authorityFile, "-w", "\n%{http_code}"] + arguments
        ).run(input: input)
        let lines = output.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let status = lines.last.flatMap({ Int($0) }), status > 0 else {
            throw CommandError.failed("curl", status: output.status, errorText: output.errorText)
        }
        return Response(status: status, body: lines.dropLast().joined(separator: "\n"))
    }

    func get(_ path: String, _ arguments: String...) async throws -> Response {
        try await curl([url(path)] + arguments)
    }

    func post(
        _ body: [UInt8],
        _ arguments: String...,
        path: String = "/mutate",
        query: String = ""
    ) async throws -> Response {
        let request = ["-H", "Content-Type: application/json", "--data-binary", "@-", url("\(path)\(query)")]
        return try await curl(request + arguments, input: body)
    }

    /// Reviews the creation of a pod, and returns the pod after the patch.
    func mutate(_ pod: JSONTree, namespace: String = "default") async throws -> JSONTree {
        try await answer(pod, namespace: namespace).pod
    }

    /// Reviews the creation of a pod, and returns the response, and the pod after the patch.
    func answer(
        _ pod: JSONTree,
        namespace: String,
        path: String = "/mutate"
    ) async throws -> (response: JSONTree, pod: JSONTree) {
        let review = JSONTree.object([
            "kind": .string("AdmissionReview"), "apiVersion": .string("admission.k8s.io/v1"),
            "request": .object([
                "uid": .string("1"), "operation": .string("CREATE"), "namespace": .string(namespace),
                "resource": .object(["group": .string(""), "version": .string("v1"), "resource": .string("pods")]),
                "object": pod,
            ]),
        ])
        let response = try await post(review.bytes, path: path)
        try #require(response.status == 200, "\(response.body)")
        let answer = try JSONTree(parsing: response.body.utf8)
        let content = answer["response"] ?? .null
        guard let patch = content["patch"]?.string else { return (content, pod) }
        return (content, try pod.applying(patch: try JSONTree(parsing: try #require(decodeBase64(patch)))))
    }
}
