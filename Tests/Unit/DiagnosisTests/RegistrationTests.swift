import JSON
import Kubernetes
import Testing

@testable import Diagnosis
@testable import KubernetesObjects

@Suite("A registration", .timeLimit(.minutes(5)))
struct RegistrationTests {
    private static let service = NamespacedName(namespace: "n", name: "s")

    private static func registration(
        _ name: String = "pod-identity-webhook",
        rules: [String] = whole,
        client: String = #"{"service":{"namespace":"n","name":"s","path":"/mutate"}}"#,
        rest: String = #""reinvocationPolicy":"IfNeeded""#
    ) throws -> MutatingWebhookConfiguration {
        let json = """
            {"metadata":{"name":"\(name)"},"webhooks":[{"name":"w.test","clientConfig":\(client),"rules":[\(rules.joined(separator: ","))],\(rest)}]}
            """
        return try JSONParser().parse(Array(json.utf8)) { MutatingWebhookConfiguration(ObjectView($0)) }
    }

    /// As in deploy/, but in one webhook.
    private static let whole = [
        rule(), rule(operations: "UPDATE", resource: "pods/ephemeralcontainers"),
        rule(operations: "*", resource: "serviceaccounts"),
    ]

    private static func rule(
        operations: String = "CREATE",
        group: String = "",
        version: String = "v1",
        resource: String = "pods",
        scope: String = "Namespaced"
    ) -> String {
        """
        {"operations":["\(operations)"],"apiGroups":["\(group)"],"apiVersions":["\(version)"],\
        "resources":["\(resource)"],"scope":"\(scope)"}
        """
    }

    @Test(
        "covers new pods, or it does not",
        arguments: [
            (rule(), true), (rule(operations: "*", group: "*", version: "*", resource: "*", scope: "*"), true),
            (rule(resource: "*/*"), true), (rule(resource: "pods/*"), true), (rule(operations: "UPDATE"), false),
            (rule(resource: "*/ephemeralcontainers"), false), (rule(group: "apps"), false),
            (rule(version: "v2"), false), (rule(resource: "pods/status"), false),
            (rule(resource: "services"), false), (rule(scope: "Cluster"), false),
        ]
    )
    func rules(rule: String, covers: Bool) throws {
        #expect((try Self.registration(rules: [rule]).podWebhook != nil) == covers)
    }

    @Test(
        "covers ephemeral containers, or it does not",
        arguments: [
            (rule(operations: "UPDATE", resource: "pods/ephemeralcontainers"), true),
            (rule(operations: "*", resource: "*/*"), true), (rule(operations: "UPDATE", resource: "pods/*"), true),
            (rule(operations: "UPDATE", resource: "*/ephemeralcontainers"), true),
            (rule(operations: "*", resource: "*"), false), (rule(operations: "UPDATE"), false),
            (rule(resource: "pods/ephemeralcontainers"), false),
        ]
    )
    func ephemeralContainers(rule: String, covers: Bool) throws {
        let codes = codes(try Self.registration(rules: [Self.rule(), rule]))
        #expect(codes.contains(.ephemeralContainersNotCovered) == !covers)
    }

    @Test("is judged by what its webhooks are called for, wherever they are in it")
    func places() throws {
        func webhook(_ name: String, _ service: String, _ rule: String) -> String {
            #"{"name":"\#(name)","clientConfig":{"service":{"namespace":"n","name":"\#(service)"}},"rules":[\#(rule)]}"#
        }
        let accounts = webhook("accounts", "s", Self.rule(operations: "*", resource: "serviceaccounts"))
        let other = webhook("other", "t", Self.rule(operations: "UPDATE", resource: "pods/ephemeralcontainers"))
        let pods = webhook("pods", "s", Self.rule())
        let json = #"{"metadata":{"name":"pod-identity-webhook"},"webhooks":[\#(accounts),\#(other),\#(pods)]}"#
        let registration = try JSONParser().parse(Array(json.utf8)) { MutatingWebhookConfiguration(ObjectView($0)) }
        #expect(registration.podWebhook?.name == "pods")
        #expect(registration.ownWebhooks.map(\.name) == ["pods", "accounts"])
        #expect(codes(registration) == [.registered, .notReinvoked, .ephemeralContainersNotCovered])
    }

    @Test(
        "has the webhooks of one server, whatever path of it they call",
        arguments: [
            (#"{"service":{"namespace":"n","name":"s","path":"/mutate/strict"}}"#, true),
            (#"{"service":{"namespace":"n","name":"s","path":"/mutate/strict","port":8443}}"#, false),
            (#"{"url":"https://s.n.svc/mutate/strict"}"#, false),
        ]
    )
    func paths(client: String, isOwn: Bool) throws {
        try own(#"{"service":{"namespace":"n","name":"s","path":"/mutate"}}"#, client, isOwn)
    }

    @Test(
        "has the webhooks of one URL, whatever path of it they call",
        arguments: [
            ("https://10.0.0.1:8443/mutate/strict", true), ("https://10.0.0.1:8443", true),
            ("https://10.0.0.1:443/mutate/strict", false), ("https://10.0.0.2:8443/mutate", false),
        ]
    )
    func urls(other: String, isOwn: Bool) throws {
        try own(#"{"url":"https://10.0.0.1:8443/mutate"}"#, #"{"url":"\#(other)"}"#, isOwn)
    }

    private func own(_ first: String, _ second: String, _ isOwn: Bool) throws {
        let webhooks = [first, second].enumerated().map { index, client in
            #"{"name":"\#(index)","clientConfig":\#(client),"rules":[\#(Self.rule())]}"#
        }
        let json = #"{"metadata":{"name":"pod-identity-webhook"},"webhooks":[\#(webhooks.joined(separator: ","))]}"#
        let registration = try JSONParser().parse(Array(json.utf8)) { MutatingWebhookConfiguration(ObjectView($0)) }
        #expect(registration.ownWebhooks.map(\.name) == (isOwn ? ["0", "1"] : ["0"]))
    }

    @Test("has the defaults of admissionregistration.k8s.io/v1")
    func defaults() throws {
        let webhook = try #require(try Self.registration(rest: #""sideEffects":"None""#).podWebhook)
        #expect(webhook.failurePolicy == .fail && webhook.reinvocationPolicy == .never && webhook.timeoutSeconds == 10)
        #expect(webhook.target == .service(Self.service, path: "/mutate", port: 443))
        #expect(webhook.caBundle.isEmpty && !webhook.hasMatchConditions)
    }

    private func codes(_ all: MutatingWebhookConfiguration...) -> [Finding.Code] {
        RegistrationCheck(name: "pod-identity-webhook").findings(all).map(\.code)
    }

    @Test("is found, or what is wrong with it")
    func findings() throws {
        #expect(codes(try Self.registration()) == [.registered])
        #expect(codes(try Self.registration("another")) == [.notRegistered])
        #expect(codes(try Self.registration(rules: [Self.rule(operations: "UPDATE")])) == [.podsNotCovered])
        let others: [Finding.Code] = [.ephemeralContainersNotCovered, .serviceAccountsNotCovered]
        #expect(codes(try Self.registration(rules: [Self.rule()])) == [.registered] + others)
        #expect(codes(try Self.registration(rest: #""x":1"#)) == [.registered, .notReinvoked])
    }

    @Test(
        "of another pod identity webhook is seen",
        arguments: [
            (#"{"url":"https://127.0.0.1/pod-identity-webhook"}"#, true),
            (#"{"service":{"namespace":"eks","name":"pod-identity-webhook"}}"#, true),
            (#"{"service":{"namespace":"istio-system","name":"istiod","path":"/inject"}}"#, false),
        ]
    )
    func others(client: String, isSeen: Bool) throws {
        let other = try Self.registration("other", client: client)
        #expect(codes(try Self.registration(), other) == [.registered] + (isSeen ? [.otherWebhook] : []))
    }

    @Test("says what it is")
    func description() throws {
        let rest =
            #""failurePolicy":"Ignore","reinvocationPolicy":"IfNeeded","timeoutSeconds":5,"#
            + #""namespaceSelector":{"matchLabels":{"a":"b"}}"#
        let found = RegistrationCheck(name: "pod-identity-webhook").findings([try Self.registration(rest: rest)])
        let words =
            "called for new pods at https://s.n.svc:443/mutate, failurePolicy Ignore, "
            + "reinvocationPolicy IfNeeded, timeout 5s, namespaces with a=b"
        #expect(found.map(\.message) == [words])
    }

    @Test("has endpoints, in either form")
    func endpoints() throws {
        var service = ServiceEndpoints(selector: [:], ready: [], notReady: 0)
        let slice = """
            {"ports":[{"port":8443}],"endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":true}},\
            {"addresses":["10.0.0.2"],"conditions":{}},{"addresses":["10.0.0.3"],"conditions":{"ready":false}}]}
            """
        try JSONParser().parse(Array(slice.utf8)) { service.add(slice: $0) }
        #expect(service.ready == [.init(host: "10.0.0.1", port: 8443), .init(host: "10.0.0.2", port: 8443)])
        #expect(service.notReady == 1)
        let subset = #"{"ports":[{"port":1}],"addresses":[{"ip":"fd00::1"}],"notReadyAddresses":[{"ip":"10.0.0.5"}]}"#
        try JSONParser().parse(Array(subset.utf8)) { service.add(subset: $0) }
        #expect(service.ready.last.map { "\($0)" } == "[fd00::1]:1" && service.notReady == 2)
        #expect(ServiceEndpoints.finding(service, Self.service).code == .endpointsReady)
        #expect(ServiceEndpoints.finding(nil, Self.service).code == .serviceNotFound)
    }
}
