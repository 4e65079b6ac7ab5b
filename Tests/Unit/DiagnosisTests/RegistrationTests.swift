import Foundation
import JSON
import Kubernetes
import TestNetwork
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

    /// A registration like the one in deploy/, but with a single webhook.
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
        "may cover new pods",
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
        "may cover ephemeral containers",
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

    @Test("is checked by what its webhooks are called for, in any order")
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
        "includes all webhooks of one server, whatever their path",
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
        "includes all webhooks of one URL, whatever their path",
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

    @Test("is found, or the problem with it is reported")
    func findings() throws {
        #expect(codes(try Self.registration()) == [.registered])
        #expect(codes(try Self.registration("another")) == [.notRegistered])
        #expect(codes(try Self.registration(rules: [Self.rule(operations: "UPDATE")])) == [.podsNotCovered])
        let others: [Finding.Code] = [.ephemeralContainersNotCovered, .serviceAccountsNotCovered]
        #expect(codes(try Self.registration(rules: [Self.rule()])) == [.registered] + others)
        #expect(codes(try Self.registration(rest: #""x":1"#)) == [.registered, .notReinvoked])
    }

    @Test(
        "of another pod identity webhook is recognised",
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

    @Test("is described")
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

    // MARK: Endpoints

    private static func service(_ ports: String, more: String = #","selector":{"app":"w"}"#) throws -> ServiceEndpoints
    {
        var service = ServiceEndpoints(port: 443)
        try JSONParser().parse(Array(#"{"spec":{"ports":\#(ports)\#(more)}}"#.utf8)) { service.add(service: $0) }
        return service
    }

    private static func add(_ slices: [String], to service: inout ServiceEndpoints) throws {
        for slice in slices { try JSONParser().parse(Array(slice.utf8)) { service.add(slice: $0) } }
    }

    private static let named = #"[{"name":"https","port":443,"targetPort":"https"},{"name":"metrics","port":9999}]"#

    @Test("has the endpoints for its port's name, in slices of both families, with each pod counted once")
    func slices() throws {
        var service = try Self.service(Self.named, more: #","clusterIPs":["192.0.2.1","2001:db8::1"]"#)
        try Self.add(
            [
                #"{"ports":[{"name":"metrics","port":9999},{"name":"https","port":8443}],"endpoints":"#
                    + #"[{"addresses":["10.0.0.1"],"conditions":{"ready":true},"targetRef":{"uid":"1"}},"#
                    + #"{"addresses":["10.0.0.2"],"conditions":{},"targetRef":{"uid":"2"}},"#
                    + #"{"addresses":["10.0.0.3"],"conditions":{"ready":false},"targetRef":{"uid":"3"}}]}"#,
                #"{"addressType":"IPv6","ports":[{"name":"https","port":8443},{"name":"metrics","port":9999}],"#
                    + #""endpoints":[{"addresses":["fd00::1"],"targetRef":{"uid":"1"}}]}"#,
                // A different version of the pods has another port with this name.
                #"{"ports":[{"name":"https","port":9443}],"endpoints":[{"addresses":["10.0.0.4"],"targetRef":{"uid":"4"}}]}"#,
                #"{"ports":[{"name":"other","port":1}],"endpoints":[{"addresses":["10.0.0.5"],"targetRef":{"uid":"5"}}]}"#,
            ],
            to: &service
        )
        #expect(service.clusterIPs == ["192.0.2.1", "2001:db8::1"])
        #expect(service.ready.map { "\($0)" } == ["10.0.0.1:8443", "10.0.0.2:8443", "[fd00::1]:8443", "10.0.0.4:9443"])
        #expect(service.readyCount == 3 && service.notReadyCount == 2)
        let finding = ServiceEndpoints.finding(service, Self.service, repair: "x")
        #expect(finding.code == .endpointsReady && finding.message == "3 ready endpoints, 2 not ready")
    }

    @Test("has Endpoints objects before Kubernetes 1.21, in which a single port needs no name")
    func subsets() throws {
        var service = try Self.service(#"[{"port":443,"targetPort":8443}]"#, more: #","clusterIP":"None""#)
        let subset = #"{"ports":[{"port":1}],"addresses":[{"ip":"fd00::1"}],"notReadyAddresses":[{"ip":"10.0.0.5"}]}"#
        try JSONParser().parse(Array(subset.utf8)) { service.add(subset: $0) }
        #expect(service.ready.map { "\($0)" } == ["[fd00::1]:1"] && service.notReadyCount == 1)
        #expect(service.clusterIPs == [] && service.calledPort?.target == "8443")
    }

    @Test("is reported if it leads to no ready endpoint")
    func nowhere() throws {
        func finding(_ service: ServiceEndpoints?) -> Finding {
            ServiceEndpoints.finding(service, Self.service, repair: "x")
        }
        #expect(finding(nil).code == .serviceNotFound && finding(nil).remedy == "x")
        let wrong = finding(try Self.service(#"[{"name":"metrics","port":9999}]"#))
        #expect(
            wrong.code == .servicePortNotFound
                && wrong.message.hasSuffix("the registration calls port 443, but the Service has 9999")
        )
        #expect(finding(try Self.service(Self.named)).remedy == "kubectl -n n get pods -l app=w")
        #expect(
            finding(try Self.service(Self.named, more: "")).remedy?.contains(
                "endpointslices -l kubernetes.io/service-name=s"
            ) ?? false
        )
    }

    // MARK: Certificates

    @Test(
        "has certificates that are due in their last third, but at most 30 days before they expire",
        arguments: [
            (90, 31, false), (90, 29, true), (12, 5, false), (12, 3, true), (3650, 31, false), (3650, 29, true),
        ]
    )
    func renewal(days: Int64, left: Int64, isDue: Bool) {
        let day: Int64 = 86_400
        #expect(CertificateCheck.isRenewalDue(from: 0, until: days * day, at: (days - left) * day) == isDue)
    }

    // MARK: Bundles of control planes

    @Test("of a control plane's own webhook should trust all CAs of the cluster")
    func hostedBundle() throws {
        let (old, new) = (try TestCertificates(commonName: "old"), try TestCertificates(commonName: "new"))
        let both = old.root.certificate + new.root.certificate
        func finding(_ bundle: [UInt8], _ known: [UInt8]?) throws -> Finding {
            let text = Data(bundle).base64EncodedString()
            let client = #"{"url":"https://127.0.0.1:23443/mutate","caBundle":"\#(text)"}"#
            let webhook = try #require(try Self.registration(client: client).podWebhook)
            return HostedBundleCheck(configuration: "w", webhook: webhook).finding(known)
        }
        let stale = try finding(old.root.certificate, both)
        #expect(stale.code == .staleCABundle && stale.status == .warning && stale.message.contains("\"CN=new\""))
        #expect(try finding(both, new.root.certificate).code == .certificateVerified)
        #expect(try finding([], new.root.certificate).code == .staleCABundle)
        #expect(try finding(both, nil).status == .unknown)
    }
}
