import Foundation
import JSON
import NIOCore
import NIOOpenSSL
import Testing

@testable import Webhook

/// What is read from, and written to, the Secret and the registration.
@Suite(.timeLimit(.minutes(1)))
struct OwnCertificatesObjectsTests {
    private static let now: Int64 = 1_767_225_600
    private static let configuration = OwnCertificates.Configuration(
        serviceName: "webhook",
        namespace: "eks",
        secretName: "certificates",
        registrationName: "webhook"
    )
    private static let names = ["webhook.eks.svc", "webhook.eks.svc.cluster.local", "webhook.eks", "webhook"]

    private func make(_ plan: OwnCertificatesStateMachine.Plan? = nil) throws -> CertificateSecret {
        let plan = plan ?? .init(makesAuthority: true, authorities: [], issues: true)
        return try CertificateMaker(Self.configuration, known: [:], now: Self.now).make(plan, from: nil)
    }

    /// As the API server gives it back.
    private func stored(_ secret: CertificateSecret, changing: [String: [UInt8]?] = [:]) throws -> CertificateSecret {
        var tree = try JSONTree(parsing: secret.json(namespace: "eks", name: "certificates"))
        tree[path: ["metadata", "resourceVersion"]] = .string("7")
        for (key, value) in changing {
            tree[path: ["data", key]] = value.map { .string(Data($0).base64EncodedString()) }
        }
        return try CertificateSecret(parsing: ByteBuffer(bytes: tree.bytes), dnsNames: Self.configuration.dnsNames)
    }

    @Test func `A new Secret has all that another replica needs`() throws {
        let made = try make()
        let read = try stored(made)
        #expect(read.resourceVersion == "7")
        #expect(read.state == made.state)
        #expect(read.state.canSign)
        #expect(read.authorityKey == made.authorityKey)
        #expect(read.serving?.identity.privateKey == made.serving?.identity.privateKey)
        let leaf = try #require(read.serving?.identity.certificate)
        #expect(leaf.info.dnsNames == Self.names)
        #expect(leaf.info.notBefore == Self.now - 3600)
        #expect(leaf.info.notAfter == Self.now + 90 * 86_400)
        #expect(read.authorities[0].info.notAfter == Self.now + 3650 * 86_400)
        #expect(read.authorities[0].info.subject.hasPrefix("CN=pod-identity-webhook CA "))
        #expect(try make().authorities[0].info.subject != read.authorities[0].info.subject)
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let key: String
        var value: [UInt8]?
        var keepsServing = false
        var canSign = false
        var authorities = 1
    }

    @Test(arguments: [
        Damage(testDescription: "no certificate", key: "tls.crt", canSign: true),
        Damage(testDescription: "no key", key: "tls.key", canSign: true),
        Damage(testDescription: "a key that is none", key: "tls.key", value: Array("hello".utf8), canSign: true),
        Damage(testDescription: "no key of the CA", key: "ca.key", keepsServing: true),
        Damage(testDescription: "no CA", key: "ca.crt", authorities: 0),
        Damage(testDescription: "a CA that is none", key: "ca.crt", value: Array("hello".utf8), authorities: 0),
    ])
    func `Of a damaged Secret the rest is used`(_ damage: Damage) throws {
        let read = try stored(try make(), changing: [damage.key: damage.value])
        #expect((read.serving != nil) == damage.keepsServing)
        #expect(read.state.canSign == damage.canSign)
        #expect(read.authorities.count == damage.authorities)
    }

    @Test func `A certificate or key of others is not used`() throws {
        let (own, other) = (try make(), try make())
        #expect(try stored(own, changing: ["ca.crt": other.bundle]).serving == nil)
        #expect(try stored(own, changing: ["ca.key": other.authorityKey]).authorityKey == nil)
        #expect(try stored(own, changing: ["tls.crt": other.serving?.identity.certificate.pem]).serving == nil)
        // A CA is no certificate for a server, and a server's no CA.
        let authority = own.authorities[0].pem
        #expect(try stored(own, changing: ["tls.crt": authority, "tls.key": own.authorityKey]).serving == nil)
        let leaf = own.serving?.identity
        let swapped = try stored(own, changing: ["ca.crt": leaf?.certificate.pem, "ca.key": leaf?.privateKey])
        #expect(swapped.authorities.isEmpty)
    }

    @Test func `A certificate for another Service is not used`() throws {
        var configuration = Self.configuration
        configuration.serviceName = "other"
        let json = ByteBuffer(bytes: try make().json(namespace: "eks", name: "certificates"))
        #expect(try CertificateSecret(parsing: json, dnsNames: configuration.dnsNames).serving == nil)
        #expect(try CertificateSecret(parsing: json, dnsNames: Self.configuration.dnsNames).serving != nil)
    }

    @Test func `A plan is carried out: the old CA stays behind the new one, and its certificate too`() throws {
        let before = try stored(try make())
        let old = before.authorities[0]
        let maker = CertificateMaker(Self.configuration, known: [old.fingerprint: old], now: Self.now)
        let both = try maker.make(
            .init(makesAuthority: true, authorities: before.state.authorities, issues: false),
            from: before
        )
        #expect(both.authorities.count == 2)
        #expect(both.authorities[1] == old)
        #expect(both.serving?.identity.certificate == before.serving?.identity.certificate)
        #expect(try stored(both).state.canSign)
        let json = try JSONTree(parsing: both.json(namespace: "eks", name: "certificates"))
        #expect(json[path: ["metadata", "resourceVersion"]]?.string == "7")
        #expect(json["type"] == nil)
    }

    @Test func `Of a registration the webhooks of the Service count, and its patch changes no others`() throws {
        let secret = try make()
        let bundle = Data(secret.bundle).base64EncodedString()
        func webhook(_ service: String, _ namespace: String, _ bundle: String) -> String {
            #"{"clientConfig":{"service":{"name":"\#(service)","namespace":"\#(namespace)"},"caBundle":"\#(bundle)"}}"#
        }
        let webhooks = [
            webhook("other", "eks", bundle), webhook("webhook", "eks", bundle), webhook("webhook", "default", ""),
            #"{"clientConfig":{"url":"https://webhook.eks.svc"}}"#, webhook("webhook", "eks", "aGVsbG8="),
            #"{"clientConfig":{"service":{"name":"webhook","namespace":"eks"}}}"#,
        ]
        let json = #"{"metadata":{"resourceVersion":"9"},"webhooks":[\#(webhooks.joined(separator: ","))]}"#
        let registration = try WebhookRegistration(
            parsing: ByteBuffer(string: json),
            service: "webhook",
            namespace: "eks"
        )
        #expect(registration.webhooks.map(\.index) == [1, 4, 5])
        #expect(registration.state.bundles == [[secret.authorities[0].fingerprint], nil, []])
        #expect(registration.ownAuthorities == secret.authorities)
        let patch = try JSONTree(parsing: registration.patch(secret.bundle))
        let operations = try #require(patch.elements)
        #expect(operations.map { $0["op"]?.string } == ["test", "add", "add", "add"])
        #expect(operations[0]["value"]?.string == "9")
        #expect(operations.dropFirst().allSatisfy { $0["value"]?.string == bundle })
        #expect(
            operations.map { $0["path"]?.string } == [
                "/metadata/resourceVersion", "/webhooks/1/clientConfig/caBundle",
                "/webhooks/4/clientConfig/caBundle", "/webhooks/5/clientConfig/caBundle",
            ]
        )
    }
}
