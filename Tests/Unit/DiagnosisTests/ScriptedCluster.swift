import AWSIdentity
import Foundation
import JSON
import Kubernetes
import KubernetesObjects
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import PodIdentity
import TestNetwork
import TestSupport

@testable import Diagnosis

/// A simulated cluster, for states that a real one cannot easily be brought into. It is healthy until a test changes
/// it.
struct ScriptedCluster: Sendable {
    /// How the API server admits a pod.
    enum Admission: Sendable {
        /// The pod gets what the webhook gives it.
        case injected
        /// The pod does not change.
        case unchanged
        case refused(Int, String)
    }

    static let role = "arn:aws:iam::111122223333:role/shop"
    static let namespace = "pod-identity-webhook"
    private static let system = "/api/v1/namespaces/\(namespace)"
    private static let registrations = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"

    /// JSON by the path of the list.
    var lists: [String: [String]] = [
        "/api/v1/namespaces": [#"{"metadata":{"name":"store"}}"#],
        "/api/v1/serviceaccounts": [account("shop")],
        "/apis/discovery.k8s.io/v1/namespaces/\(namespace)/endpointslices": [
            // In the arbitrary order of the controller.
            #"{"ports":[{"name":"metrics","port":9999},{"name":"https","port":8443}],"endpoints":"#
                + #"[{"addresses":["192.0.2.1"],"targetRef":{"uid":"1"}}]}"#
        ],
        registrations: [registration()], "\(system)/pods": [webhookPod()],
    ]
    /// JSON by path.
    var objects: [String: String] = [
        "\(system)/services/pod-identity-webhook":
            #"{"spec":{"clusterIP":"192.0.2.9","selector":{"app":"w"},"ports":[{"name":"https","port":443,"targetPort":"https"}"#
            + #",{"name":"metrics","port":9999}]}}"#
    ]
    /// Suffixes of paths that may not be read or created.
    var forbidden: [String] = []
    /// The status of such a refusal.
    var forbiddenStatus = 403
    /// The API server's response about its version.
    var version = ScriptedServer.Action.json(#"{"major":"1","minor":"36","gitVersion":"v1.36.0"}"#)
    /// Suffixes of paths for which the connection is closed without a response.
    var silent: [String] = []
    /// The rights that the webhook lacks, as `VERB RESOURCE`.
    var denied: Set<String> = []
    /// The maximum lifetime in seconds.
    var longestToken = Int64.max
    /// The token that the API server returns.
    var token = "t0k3n"
    /// The status with which a TokenRequest is refused; nil if it is not. Optionally, only dry runs are refused.
    var tokenRefusal: (status: Int, ofDryRuns: Bool)?
    var admission: @Sendable (JSONTree) -> Admission = { _ in .injected }
    var settings = AWSSettings()

    // MARK: Objects

    static func account(_ name: String, namespace: String = "store", annotations: String? = nil) -> String {
        let own = annotations ?? #""eks.amazonaws.com/role-arn":"\#(role)""#
        return #"{"metadata":{"namespace":"\#(namespace)","name":"\#(name)","annotations":{\#(own)}}}"#
    }

    static func registration(
        _ name: String = "pod-identity-webhook",
        metadata: String = #","labels":{"app.kubernetes.io/name":"pod-identity-webhook"}"#,
        webhooks: [(name: String, client: String, rest: String)] = [("pod-identity-webhook.amazonaws.com", service, "")]
    ) -> String {
        let rules = ["pods", "pods/ephemeralcontainers", "serviceaccounts"].map {
            #"{"operations":["*"],"apiGroups":[""],"apiVersions":["v1"],"resources":["\#($0)"]}"#
        }
        let list = webhooks.map { webhook in
            #"{"name":"\#(webhook.name)","clientConfig":\#(webhook.client),"rules":[\#(rules.joined(separator: ","))]"#
                + #","failurePolicy":"Ignore","reinvocationPolicy":"IfNeeded"\#(webhook.rest)}"#
        }
        return #"{"metadata":{"name":"\#(name)"\#(metadata)},"webhooks":[\#(list.joined(separator: ","))]}"#
    }

    static let service =
        #"{"service":{"namespace":"pod-identity-webhook","name":"pod-identity-webhook","path":"/mutate"},"#
        + #""caBundle":"\#(bundle)"}"#

    private static let bundle = Data((try? TestCertificates())?.root.certificate ?? []).base64EncodedString()

    static func webhookPod(_ name: String = "w-1", arguments: [String] = [], more: String = "") -> String {
        let list = arguments.map { "\"\($0)\"" }.joined(separator: ",")
        return
            #"{"metadata":{"name":"\#(name)","namespace":"pod-identity-webhook"},"spec":{"serviceAccountName":"runner","#
            + #""containers":[{"name":"proxy","image":"mesh"},{"name":"webhook","image":"example/webhook:1","args":[\#(list)]"#
            + #","ports":[{"name":"https","containerPort":8443}]\#(more)}]}}"#
    }

    mutating func setRegistrations(_ registrations: String...) { lists[Self.registrations] = registrations }

    mutating func setWebhookPods(_ pods: String...) { lists["\(Self.system)/pods"] = pods }

    // MARK: Doctor

    struct Run: Sendable {
        let report: Report
        let requests: [ScriptedServer.Request]

        /// The codes of everything that is wrong, except for the certificate, which these tests cannot check.
        var codes: [Finding.Code] {
            report.findings.filter { $0.status != .ok && $0.code != .webhookUnreachable }.map(\.code)
        }

        func finding(_ code: Finding.Code) -> Finding? { report.findings.first { $0.code == code } }

        /// The pods that were requested.
        var pods: [APIObject] {
            requests.filter { $0.method == .POST && $0.path.hasSuffix("/pods") }.compactMap {
                try? APIObject(json: $0.body)
            }
        }
    }

    func examine(
        _ options: (inout Doctor.Options) -> Void = { _ in },
        setUp change: @escaping @Sendable (inout DoctorSetup) -> Void = { _ in }
    ) async throws -> Run {
        let (report, requests) = try await run(options, setUp: change) { try await $0.examine() }
        return Run(report: report, requests: requests)
    }

    /// Calls `ask` with a Doctor for this cluster.
    func doctor<Answer: Sendable>(_ ask: (Doctor) async throws -> Answer) async throws -> Answer {
        try await run { _ in
        } setUp: { _ in
        } _: {
            try await ask($0)
        }.answer
    }

    private func run<Answer: Sendable>(
        _ options: (inout Doctor.Options) -> Void,
        setUp change: @escaping @Sendable (inout DoctorSetup) -> Void,
        _ ask: (Doctor) async throws -> Answer
    ) async throws -> (answer: Answer, requests: [ScriptedServer.Request]) {
        let server = try await ScriptedServer(version: { [version] _ in [version] }) { [self] in [answer($0)] }
        let client = APIClient(
            try ClusterConfiguration.load(kubeConfig: nil, server: "http://127.0.0.1:\(server.port)", environment: [:]),
            on: NIOSingletons.posixEventLoopGroup,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        var chosen = Doctor.Options()
        chosen.connect = ("127.0.0.1", 1)
        options(&chosen)
        let doctor = Doctor(
            client: client,
            on: NIOSingletons.posixEventLoopGroup,
            options: chosen,
            now: Self.now,
            setUp: { [settings] _ in
                var rights = WebhookRights(namespace: Self.namespace)
                rights.certificates = .init(secret: "tls", configuration: "pod-identity-webhook")
                var setup = DoctorSetup(
                    providers: ProviderChain([IRSAProvider(settings: settings)]),
                    configurations: ProviderConfigurations(),
                    annotationPrefix: settings.annotationPrefix,
                    rights: rights
                )
                setup.flags = ["aws": CloudFlags(annotationPrefix: "--annotation-prefix")]
                change(&setup)
                return setup
            }
        )
        let result = try await ask(doctor)
        client.shutDown()
        try await server.close()
        return (result, server.requests)
    }

    private static let now = Timestamp(seconds: 1_700_000_000)

    // MARK: Responses

    private static let plurals: Set<Substring> = [
        "namespaces", "serviceaccounts", "pods", "endpointslices", "mutatingwebhookconfigurations", "deployments",
        "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs",
    ]

    private func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Action {
        let path = String(request.path)
        if let end = forbidden.first(where: { path.hasSuffix($0) }) {
            return Self.status(forbiddenStatus, #"\#(end) is forbidden: User cannot \#(request.method) resource"#)
        }
        if silent.contains(where: { path.hasSuffix($0) }) { return .close }
        do {
            if request.method == .POST { return try create(path, request) }
        } catch {
            return Self.status(400, "\(error)")
        }
        if let object = objects[path] { return .json(object) }
        guard let last = path.split(separator: "/").last, Self.plurals.contains(last) else {
            return Self.status(404, "not found")
        }
        return .json(#"{"metadata":{},"items":[\#((lists[path] ?? []).joined(separator: ","))]}"#)
    }

    private static func status(_ code: Int, _ message: String) -> ScriptedServer.Action {
        let text = JSONString(message).lexeme
        return .json(#"{"kind":"Status","code":\#(code),"message":\#(text)}"#, status: code)
    }

    private func create(_ path: String, _ request: ScriptedServer.Request) throws -> ScriptedServer.Action {
        let body = try JSONTree(parsing: request.body.utf8)
        if path.hasSuffix("/subjectaccessreviews") {
            let attributes = try APIObject(json: request.body)["spec"]["resourceAttributes"]
            let right = "\(attributes["verb"].string ?? "") \(attributes["resource"].string ?? "")"
            return .json(#"{"status":{"allowed":\#(!denied.contains(right))}}"#)
        }
        if path.hasSuffix("/token") {
            if let tokenRefusal, !tokenRefusal.ofDryRuns || request.query("dryRun") != nil {
                return Self.status(tokenRefusal.status, "no token")
            }
            let wanted = try APIObject(json: request.body)["spec"]["expirationSeconds"].integer ?? 0
            let seconds = min(wanted, longestToken)
            // The server's clock may differ.
            let end = Timestamp(seconds: Self.now.seconds + seconds - 300).text
            return .json(
                #"{"spec":{"expirationSeconds":\#(seconds)},"status":{"token":"\#(token)","expirationTimestamp":"\#(end)"}}"#
            )
        }
        switch admission(body) {
        case .refused(let status, let message): return Self.status(status, message)
        case .unchanged: return .json(String(decoding: body.bytes, as: UTF8.self))
        case .injected:
            let annotations = Annotations(["\(settings.annotationPrefix)/role-arn": Self.role])
            let result = try PureMutation.run(
                body,
                serviceAccount: .known(annotations),
                providers: [IRSAProvider(settings: settings)]
            )
            return .json(String(decoding: result.pod.bytes, as: UTF8.self))
        }
    }
}
