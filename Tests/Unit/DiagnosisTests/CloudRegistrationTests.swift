import JSON
import PodIdentity
import TestSupport
import Testing

@testable import Diagnosis
@testable import KubernetesObjects

/// A registration with a webhook for all pods that may fail, and one for pods with a label that must not fail.
@Suite("A registration with several webhooks", .timeLimit(.minutes(5)))
struct CloudRegistrationTests {
    private static let general = #"""
        {"name":"pod-identity-webhook.test","failurePolicy":"Ignore","reinvocationPolicy":"IfNeeded",
         "objectSelector":{"matchExpressions":[{"key":"skip","operator":"DoesNotExist"}]},
         "namespaceSelector":{"matchExpressions":[{"key":"name","operator":"NotIn","values":["system"]}]}}
        """#
    private static let labelled = #"""
        {"name":"blue.pod-identity-webhook.test","failurePolicy":"Fail","reinvocationPolicy":"IfNeeded",
         "objectSelector":{"matchLabels":{"blue.example/use":"true"}}}
        """#

    private static func registration(
        _ webhooks: [String],
        name: String = "pod-identity-webhook",
        client: String = #"{"service":{"namespace":"n","name":"pod-identity-webhook","path":"/mutate"}}"#
    ) throws -> MutatingWebhookConfiguration {
        let rules = ["pods", "pods/ephemeralcontainers", "serviceaccounts"].map { resource in
            #"{"operations":["CREATE","UPDATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["\#(resource)"]}"#
        }
        let list = webhooks.map {
            #"{"rules":[\#(rules.joined(separator: ","))],"clientConfig":\#(client),\#($0.dropFirst())"#
        }
        let json = #"{"metadata":{"name":"\#(name)"},"webhooks":[\#(list.joined(separator: ","))]}"#
        return try JSONParser().parse(Array(json.utf8)) { MutatingWebhookConfiguration(ObjectView($0)) }
    }

    private static func cluster(_ registration: MutatingWebhookConfiguration) -> ClusterView {
        var cluster = ClusterView(providers: ProviderChain([TrialProvider("blue")]))
        cluster.registration = registration
        cluster.namespaces = ["store": .init(labels: ["name": "store"]), "system": .init(labels: ["name": "system"])]
        return cluster
    }

    @Test("excludes only pods that no webhook is called for", arguments: [[0, 1], [1, 0]])
    func exclusion(order: [Int]) throws {
        let registration = try Self.registration(order.map { [Self.general, Self.labelled][$0] })
        let cluster = Self.cluster(registration)
        #expect(registration.podWebhook?.name == "pod-identity-webhook.test")
        #expect(registration.podWebhooks.count == 2)
        let use = ["blue.example/use": "true"]
        #expect(cluster.exclusion(namespace: "store", labels: [:]) == nil)
        #expect(cluster.exclusion(namespace: "store", labels: use) == nil)
        #expect(cluster.exclusion(namespace: "system", labels: use) == nil)
        guard case .namespace = cluster.exclusion(namespace: "system", labels: [:]) else {
            Issue.record("the namespace is not excluded")
            return
        }
        guard case .object = cluster.exclusion(namespace: "store", labels: ["skip": ""]) else {
            Issue.record("the pod is not excluded")
            return
        }
        #expect(cluster.webhooks(for: "store", labels: use).count == 2)
        #expect(cluster.webhooks(for: "store", labels: [:]).map(\.name) == ["pod-identity-webhook.test"])
        #expect(cluster.isCreationRefused(namespace: "store", labels: use))
        #expect(!cluster.isCreationRefused(namespace: "store", labels: [:]))
    }

    @Test("is described by webhook, with nothing missing")
    func description() throws {
        let found = RegistrationCheck(name: "pod-identity-webhook").findings([
            try Self.registration([Self.labelled, Self.general])
        ])
        #expect(found.map(\.code) == [.registered, .registered])
        #expect(found.first?.message.contains("pods with blue.example/use=true") ?? false)
    }

    private static let google = #"{"service":{"namespace":"system","name":"gcp-workload-identity-federation-webhook"}}"#
    private static let azure = #"{"service":{"namespace":"system","name":"azure-wi-webhook-webhook-service"}}"#
    private static let eks = #"{"url":"https://127.0.0.1:23443/mutate"}"#

    @Test(
        "can have other registrations beside it, which are a warning if they are for the same cloud",
        arguments: [
            ("gcp", google, ["aws"], .ok), ("gcp", google, ["aws", "google"], .warning),
            ("azure-wi-webhook-mutating-webhook-configuration", azure, ["google"], .ok),
            ("azure-wi-webhook-mutating-webhook-configuration", azure, ["azure"], .warning),
            ("pod-identity-webhook", eks, ["google"], .ok), ("pod-identity-webhook", eks, ["aws"], .warning),
        ] as [(String, String, [String], Finding.Status)]
    )
    func peers(name: String, client: String, clouds: [String], status: Finding.Status) throws {
        let own = try Self.registration([Self.general], name: "own")
        let other = try Self.registration([#"{"name":"mpod.kb.io"}"#], name: name, client: client)
        let check = RegistrationCheck(name: "own", clouds: Set(clouds))
        let findings = check.findings([own, other]).filter { $0.code == .otherWebhook }
        #expect(findings.map(\.status) == [status], "\(findings)")
        #expect(findings.first?.message.contains("mpod.kb.io at ") ?? false)
    }

    @Test("is distinguished from another tool's registration whose webhook has the same name")
    func kubebuilder() throws {
        let own = try Self.registration([Self.general], name: "own")
        let client = #"{"service":{"namespace":"system","name":"webhook-service"}}"#
        let other = try Self.registration([#"{"name":"mpod.kb.io"}"#], name: "other", client: client)
        #expect(RegistrationCheck(name: "own").findings([own, other]).map(\.code) == [.registered])
    }
}
