import JSON
import KubernetesObjects
import NIOPosix
import OIDCIssuer
import TestNetwork
import TestSupport
import Testing

@testable import Diagnosis

@Suite("Doctor, of the issuer,", .timeLimit(.minutes(5)))
struct DoctorIssuerTests {
    /// The codes but for that of the port, which every server of a test has.
    private func codes(_ result: IssuerCheck.Result) -> [Finding.Code] {
        result.findings.map(\.code).filter { $0 != .issuerHasPort }
    }

    @Test("says that it is well, with and without a slash at its end", arguments: ["", "/"])
    func well(slash: String) async throws {
        let keys = try IssuerFixture.keys(KeyFixtures.rsa, KeyFixtures.curve)
        let issuer = try await IssuerFixture.start(keys: keys, slash: slash)
        let result = try await issuer.check(issuer.url + slash, comparing: [keys[1]])
        #expect(codes(result) == [.issuerPublished] && result.published?.keys.count == 2, "\(result.findings)")
        #expect(result.findings.map(\.code).contains(.issuerHasPort))
    }

    @Test("finds keys that are not those of the cluster")
    func keys() async throws {
        let (old, new) = (try IssuerFixture.keys(KeyFixtures.rsa), try IssuerFixture.keys(KeyFixtures.curve))
        let stale = try await IssuerFixture.start(keys: old).check(comparing: old + new)
        #expect(codes(stale) == [.issuerKeysDiffer], "\(stale.findings)")
        let finding = try #require(stale.findings.last)
        #expect(
            finding.status == .problem && finding.message.contains(new[0].id) && !finding.message.contains(old[0].id)
        )
        #expect(finding.remedy?.hasPrefix("pod-identity-webhook issuer documents --url https://127.0.0.1:") ?? false)
        let unknown = try await IssuerFixture.start(keys: old).check(comparing: nil)
        #expect(codes(unknown) == [.issuerKeysNotCompared])
        let renamed = try await IssuerFixture.start { path, url in
            let documents = try IssuerDocuments(try IssuerURL(parsing: url), keys: old)
            if path == IssuerURL.configurationPath { return String(decoding: documents.configuration, as: UTF8.self) }
            return String(decoding: documents.keys, as: UTF8.self).replacing(old[0].id, with: "other")
        }.check(comparing: old)
        #expect(codes(renamed) == [.issuerKeysDiffer] && renamed.findings.last?.message.contains("as other") ?? false)
    }

    @Test("finds a document that names another issuer, and one with a slash too many", arguments: ["x", "/"])
    func mismatch(suffix: String) async throws {
        let keys = try IssuerFixture.keys(KeyFixtures.rsa)
        let issuer = try await IssuerFixture.start { path, url in
            let documents = try IssuerDocuments(try IssuerURL(parsing: url), keys: keys)
            let text = String(decoding: documents.configuration, as: UTF8.self)
            if path == IssuerURL.configurationPath { return text.replacing("\(url)\"", with: "\(url)\(suffix)\"") }
            return String(decoding: documents.keys, as: UTF8.self)
        }
        #expect(codes(try await issuer.check(comparing: keys)) == [.issuerMismatch])
    }

    @Test(
        "finds documents that cannot be used",
        arguments: [
            (nil, Finding.Code.issuerDocumentUnusable), ("<html>", .issuerDocumentUnusable),
            (#"{"issuer":"URL","jwks_uri":"http://127.0.0.1/a"}"#, .issuerKeysUnusable),
            (#"{"issuer":"URL","jwks_uri":"https://10.0.0.1:6443/openid/v1/jwks"}"#, .issuerKeysUnusable),
            (#"{"issuer":"URL","jwks_uri":"URL/none"}"#, .issuerDocumentUnusable),
            (#"{"issuer":"URL","jwks_uri":"URL/html"}"#, .issuerKeysUnusable),
            (#"{"issuer":"URL","jwks_uri":"URL"}"#, .issuerKeysUnusable),
        ]
    )
    func unusable(document: String?, code: Finding.Code) async throws {
        let issuer = try await IssuerFixture.start { path, url in
            switch path {
            case IssuerURL.configurationPath: document?.replacing("URL", with: url)
            case "/html", "/": "<html>"
            default: nil
            }
        }
        let result = try await issuer.check(comparing: try IssuerFixture.keys(KeyFixtures.rsa))
        #expect(codes(result) == [code] && result.published == nil, "\(result.findings)")
        #expect(result.findings.last?.status == .problem)
    }

    @Test("says why no cloud can fetch keys from an address")
    func address() async throws {
        let issuer = try await IssuerFixture.start(keys: try IssuerFixture.keys(KeyFixtures.rsa))
        let check = IssuerCheck(try issuer.outbound(), now: Timestamp(seconds: ScriptedCluster.today))
        #expect(codes(await check.run("https://kubernetes.default.svc", comparing: nil)) == [.issuerNotPublic])
        #expect(codes(await check.run("kubernetes/serviceaccount", comparing: nil)) == [.issuerNotHTTPS])
        #expect(codes(await check.run("https://127.0.0.1:1", comparing: nil)) == [.issuerUnreachable])
        try await issuer.server.close()
    }

    @Test("tells a certificate that nobody takes from one that needs a thumbprint")
    func certificates() async throws {
        let keys = try IssuerFixture.keys(KeyFixtures.rsa)
        let unknown = try await IssuerFixture.start(keys: keys).check(comparing: keys, isTrusted: false)
        #expect(codes(unknown) == [.issuerCertificateUntrusted] && unknown.published != nil, "\(unknown.findings)")
        let finding = try #require(unknown.findings.last)
        #expect(
            finding.status == .warning && finding.remedy?.hasPrefix("pod-identity-webhook issuer thumbprint ") ?? false
        )
        let expired = try await IssuerFixture.start(days: -1, keys: keys).check(comparing: keys)
        #expect(codes(expired) == [.issuerCertificateRejected])
        let named = try await IssuerFixture.start(addresses: ["127.0.0.2"]) { _, _ in nil }.check(comparing: keys)
        #expect(codes(named).first == .issuerCertificateRejected, "\(named.findings)")
        let soon = try await IssuerFixture.start(keys: keys).check(
            comparing: keys,
            now: ScriptedCluster.today + 80 * 86_400
        )
        #expect(codes(soon) == [.issuerCertificateExpiresSoon])
    }

    @Test("asks the API server who it is and which keys it has, and says what it may not ask")
    func cluster() async throws {
        let keys = try IssuerFixture.keys(KeyFixtures.rsa)
        let issuer = try await IssuerFixture.start(keys: keys)
        let documents = try IssuerDocuments(try IssuerURL(parsing: issuer.url), keys: keys)
        var cluster = ScriptedCluster()
        cluster.objects[IssuerURL.configurationPath] = String(decoding: documents.configuration, as: UTF8.self)
        cluster.objects[IssuerURL.keysPath] = String(decoding: documents.keys, as: UTF8.self)
        let outbound = try issuer.outbound()
        func codes(_ cluster: ScriptedCluster) async throws -> [Finding.Code] {
            let run = try await cluster.examine { $0.outbound = outbound }
            return run.report.findings.filter { $0.check == .issuer }.map(\.code)
        }
        // The doctor of these tests lives in the past, in which certificates are valid for long.
        #expect(try await codes(cluster) == [.issuerHasPort, .issuerPublished])
        var blind = cluster
        blind.forbidden = [IssuerURL.keysPath]
        #expect(try await codes(blind) == [.requestRefused, .issuerHasPort, .issuerKeysNotCompared])
        blind.forbidden = [IssuerURL.configurationPath]
        #expect(try await codes(blind) == [.requestRefused])
        cluster.objects[IssuerURL.configurationPath] = nil
        #expect(try await codes(cluster) == [.issuerUnknown])
        cluster.objects[IssuerURL.configurationPath] = "{}"
        #expect(try await codes(cluster) == [.issuerUnknown])
        try await issuer.server.close()
    }

    @Test("makes the thumbprint of the last certificate that the keys' server presents")
    func thumbprint() async throws {
        let issuer = try await IssuerFixture.start(keys: try IssuerFixture.keys(KeyFixtures.rsa))
        let url = try IssuerURL(parsing: issuer.url)
        let trusted = try await IssuerThumbprint.fetch(url, try issuer.outbound())
        #expect(trusted.text.count == 40 && trusted.notes.isEmpty)
        let other = try await IssuerThumbprint.fetch(url, try issuer.outbound(isTrusted: false))
        #expect(other.text == trusted.text && other.notes.count == 1)
        try await issuer.server.close()
        let outbound = try issuer.outbound()
        await #expect(throws: IssuerThumbprint.Failure.self) {
            try await IssuerThumbprint.fetch(try IssuerURL(parsing: "https://127.0.0.1:1"), outbound)
        }
    }
}
