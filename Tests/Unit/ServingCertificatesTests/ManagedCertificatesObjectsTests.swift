import Foundation
import JSON
import KubernetesObjects
import NIOOpenSSL
import Testing

@testable import ServingCertificates

/// What is read from and written to the Secret and the registration.
@Suite(.timeLimit(.minutes(5)))
struct ManagedCertificatesObjectsTests {
    private static let now: Int64 = 1_767_225_600
    private static let configuration = ManagedCertificates.Configuration(
        serviceName: "webhook",
        namespace: "eks",
        secretName: "certificates",
        webhookConfigurationName: "webhook"
    )
    private static let names = ["webhook.eks.svc", "webhook.eks.svc.cluster.local", "webhook.eks", "webhook"]

    private func make(_ plan: ManagedCertificatesStateMachine.Plan? = nil) throws -> CertificateSecret {
        let plan = plan ?? .init(makesAuthority: true, authorities: [], newestSigns: true)
        return try CertificateIssuer(Self.configuration, now: Self.now).apply(plan, to: nil, known: [:])
    }

    /// The Secret as the API server returns it.
    private func stored(_ secret: CertificateSecret, changing: [String: [UInt8]?] = [:]) throws -> CertificateSecret {
        var tree = try JSONTree(parsing: secret.json(namespace: "eks", name: "certificates"))
        tree[path: ["metadata", "resourceVersion"]] = .string("7")
        for (key, value) in changing {
            tree[path: ["data", key]] = value.map { .string(Data($0).base64EncodedString()) }
        }
        return try JSONParser().parse(tree.bytes) { CertificateSecret($0) }
    }

    @Test func `A new Secret contains everything that another replica needs`() throws {
        let made = try make()
        let read = try stored(made)
        #expect(read.resourceVersion == "7")
        #expect(!read.isImmutable)
        #expect(read.state == made.state)
        #expect(read.state.hasNewestKey)
        #expect(read.newestKey == made.newestKey)
        #expect(read.signer?.certificate == read.authorities[0])
        #expect(read.signer?.privateKey == made.newestKey)
        #expect(read.authorities[0].info.notAfter == Self.now + 3650 * 86_400)
        #expect(read.authorities[0].info.subject.hasPrefix("CN=pod-identity-webhook CA "))
        #expect(try make().authorities[0].info.subject != read.authorities[0].info.subject)
    }

    @Test func `A serving certificate has the Service's DNS names and expires no later than its CA`() throws {
        let signer = try #require(try make().signer)
        let leaf = try CertificateIssuer(Self.configuration, now: Self.now).issue(by: signer).certificate
        #expect(leaf.isIssued(by: signer.certificate))
        #expect(leaf.isForServers && !leaf.isAuthority)
        #expect(leaf.info.dnsNames == Self.names)
        #expect(leaf.info.notBefore == Self.now - 3600)
        #expect(leaf.info.notAfter == Self.now + 90 * 86_400)
        let later = Self.now + 3600 * 86_400
        let last = try CertificateIssuer(Self.configuration, now: later).issue(by: signer).certificate
        #expect(last.info.notAfter == signer.certificate.info.notAfter)
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let keys: [String]
        var value: [UInt8]?
        var hasNewestKey = false
        var signs = false
        var authorities = 1
    }

    @Test(arguments: [
        Damage(testDescription: "no key for the newest CA", keys: ["ca.key"], signs: true),
        Damage(testDescription: "no signing CA", keys: ["signing-ca.crt"], hasNewestKey: true),
        Damage(testDescription: "no key for the signing CA", keys: ["signing-ca.key"], hasNewestKey: true),
        Damage(
            testDescription: "an invalid key",
            keys: ["signing-ca.key"],
            value: Array("hello".utf8),
            hasNewestKey: true
        ),
        Damage(testDescription: "no keys", keys: ["ca.key", "signing-ca.key"]),
        Damage(testDescription: "no CA", keys: ["ca.crt"], authorities: 0),
        Damage(testDescription: "an invalid CA", keys: ["ca.crt"], value: Array("hello".utf8), authorities: 0),
        Damage(
            testDescription: "keys of a megabyte each",
            keys: ["ca.key", "signing-ca.key"],
            value: Array(repeating: 65, count: 1 << 20)
        ),
    ])
    func `The intact entries of a damaged Secret are used`(_ damage: Damage) throws {
        let changes = damage.keys.map { ($0, damage.value) }
        let read = try stored(try make(), changing: Dictionary(uniqueKeysWithValues: changes))
        #expect(read.state.hasNewestKey == damage.hasNewestKey)
        #expect((read.signer != nil) == damage.signs)
        #expect(read.authorities.count == damage.authorities)
    }

    @Test func `Certificates and keys that do not match are not used`() throws {
        let (own, other) = (try make(), try make())
        #expect(try stored(own, changing: ["ca.crt": other.authorities[0].pem]).signer == nil)
        #expect(try stored(own, changing: ["signing-ca.key": other.newestKey]).signer == nil)
        let signer = try stored(
            own,
            changing: ["signing-ca.crt": other.authorities[0].pem, "signing-ca.key": other.newestKey]
        )
        #expect(signer.signer == nil)
        // A server certificate is not a CA.
        let leaf = try CertificateIssuer(Self.configuration, now: Self.now).issue(by: try #require(own.signer))
        #expect(
            try stored(own, changing: ["ca.crt": leaf.certificate.pem, "ca.key": leaf.privateKey]).authorities == []
        )
    }

    @Test func `A list with too many certificates or of excessive size is rejected`() throws {
        let pem = try make().authorities[0].pem
        func text(_ count: Int) -> [UInt8] { Array(repeatElement(pem, count: count).joined()) }
        #expect(CertificateList(pem: text(CertificateList.maximum))?.certificates.count == CertificateList.maximum)
        #expect(CertificateList(pem: text(CertificateList.maximum + 1)) == nil)
        // Blocks of any type on a single line.
        let other = Array(repeating: "-----BEGIN X-----", count: CertificateList.maximum).joined()
        #expect(CertificateList(pem: pem + Array(other.utf8)) == nil)
        #expect(CertificateList(pem: pem + Array(repeating: 10, count: CertificateList.maximumSize)) == nil)
        #expect(CertificateList(base64: Data(text(2)).base64EncodedString())?.certificates.count == 2)
        #expect(CertificateList(base64: "") == nil)
    }

    @Test func `The old CA stays in the Secret after the new one and signs until the new one has settled`() throws {
        let before = try stored(try make())
        let old = before.authorities[0]
        let issuer = CertificateIssuer(Self.configuration, now: Self.now)
        let both = try issuer.apply(
            .init(makesAuthority: true, authorities: before.state.authorities, newestSigns: false),
            to: before,
            known: [old.fingerprint: old]
        )
        #expect(both.authorities.count == 2)
        #expect(both.authorities[1] == old)
        #expect(both.signer?.certificate == old)
        #expect(try stored(both).state.hasNewestKey)
        #expect(try stored(both).signer?.privateKey == before.newestKey)
        let json = try JSONTree(parsing: both.json(namespace: "eks", name: "certificates"))
        #expect(json[path: ["metadata", "resourceVersion"]]?.string == "7")
        #expect(json["type"] == nil)

        let known = [old.fingerprint: old, both.authorities[0].fingerprint: both.authorities[0]]
        let promoted = try issuer.apply(
            .init(authorities: both.state.authorities, newestSigns: true),
            to: both,
            known: known
        )
        #expect(promoted.signer?.certificate == both.authorities[0])
        #expect(promoted.signer?.privateKey == both.newestKey)
        // The old CA's key is gone.
        let text = try JSONTree(parsing: promoted.json(namespace: "eks", name: "certificates"))
        let values = try #require(text["data"]?.members).map { $0.value.string }
        #expect(!values.contains(Data(try #require(before.newestKey)).base64EncodedString()))
    }

    @Test func `A patch deletes the signing key if no CA signs, and keeps the entries of other versions`() throws {
        var secret = try stored(try make())
        secret.signer = nil
        let data = try #require(try JSONTree(parsing: secret.json(namespace: "eks", name: "certificates"))["data"])
        #expect(data["signing-ca.key"] == .null)
        #expect(data["tls.key"] == nil)
    }

    @Test func `An immutable Secret is recognised as such`() throws {
        var tree = try JSONTree(parsing: try make().json(namespace: "eks", name: "certificates"))
        tree[path: ["immutable"]] = .literal("true")
        #expect(try JSONParser().parse(tree.bytes) { CertificateSecret($0) }.isImmutable)
    }

    private func bundles(_ webhooks: [String]) throws -> CABundles {
        let json = #"{"metadata":{"resourceVersion":"9"},"webhooks":[\#(webhooks.joined(separator: ","))]}"#
        return try JSONParser().parse(Array(json.utf8)) { object in
            CABundles(MutatingWebhookConfiguration(ObjectView(object)), service: Self.configuration.service)
        }
    }

    private func webhook(_ name: String, _ service: String, _ namespace: String, _ bundle: String) -> String {
        #"{"name":"\#(name)","clientConfig":{"service":{"name":"\#(service)","namespace":"\#(namespace)"},"#
            + #""caBundle":"\#(bundle)"}}"#
    }

    @Test func `Only the webhooks of the Service are read from a registration and patched`() throws {
        let secret = try make()
        let bundle = Data(secret.authorities[0].pem).base64EncodedString()
        let bundles = try bundles([
            webhook("a", "other", "eks", bundle), webhook("b", "webhook", "eks", bundle),
            webhook("c", "webhook", "default", ""),
            #"{"name":"d","clientConfig":{"url":"https://webhook.eks.svc"}}"#,
            webhook("e", "webhook", "eks", "aGVsbG8="),
            #"{"name":"f","clientConfig":{"service":{"name":"webhook","namespace":"eks"}}}"#,
        ])
        #expect(bundles.webhooks.map(\.name) == ["b", "e", "f"])
        #expect(bundles.state.bundles == [[secret.authorities[0].fingerprint], nil, []])
        #expect(bundles.ownAuthorities == secret.authorities)
        let patch = try JSONTree(parsing: bundles.patch(secret.authorities[0].pem))
        #expect(patch[path: ["metadata", "resourceVersion"]]?.string == "9")
        let webhooks = try #require(patch["webhooks"]?.elements)
        #expect(webhooks.map { $0["name"]?.string } == ["b", "e", "f"])
        #expect(webhooks.allSatisfy { $0[path: ["clientConfig", "caBundle"]]?.string == bundle })
    }

    @Test func `Only a limited number of different bundles is parsed`() throws {
        let limit = CABundles.maximumBundles
        let texts = try (0..<limit + 2).map { _ in Data(try make().authorities[0].pem).base64EncodedString() }
        let bundles = try bundles((texts + texts).map { webhook("a", "webhook", "eks", $0) })
        let read = bundles.webhooks.map { $0.certificates != nil }
        let once = Array(repeating: true, count: limit) + [false, false]
        #expect(read == once + once)
    }
}
