import AWSSecurityTokenService
import JSON
import KubernetesObjects
import NIOPosix
import OIDCIssuer
import TestNetwork
import TestSupport
import Testing

@testable import Diagnosis

@Suite("Doctor, for the issuer,", .timeLimit(.minutes(5)))
struct DoctorIssuerTests {
    /// The codes except for that of the port, which every test server has.
    private func codes(_ result: IssuerCheck.Result) -> [Finding.Code] {
        result.findings.map(\.code).filter { $0 != .issuerHasPort }
    }

    @Test("reports that it is ok, with and without a trailing slash", arguments: ["", "/"])
    func well(slash: String) async throws {
        let keys = try IssuerFixture.keys(KeyFixtures.rsa, KeyFixtures.curve)
        let issuer = try await IssuerFixture.start(keys: keys, slash: slash)
        let result = try await issuer.check(issuer.url + slash, comparing: [keys[1]])
        #expect(codes(result) == [.issuerPublished] && result.published?.keys.count == 2, "\(result.findings)")
        #expect(result.findings.map(\.code).contains(.issuerHasPort))
    }

    @Test("reports keys that are not the cluster's")
    func keys() async throws {
        let (old, new) = (try IssuerFixture.keys(KeyFixtures.rsa), try IssuerFixture.keys(KeyFixtures.curve))
        let stale = try await IssuerFixture.start(keys: old).check(comparing: old + new)
        #expect(codes(stale) == [.issuerKeysDiffer], "\(stale.findings)")
        let finding = try #require(stale.findings.last)
        #expect(
            finding.status == .problem && finding.message.contains(new[0].id) && !finding.message.contains(old[0].id)
        )
        #expect(finding.remedy?.hasPrefix("pod-identity-webhook issuer documents --url https://127.0.0.1:") ?? false)
        for (isReachRequired, status) in [(true, Finding.Status.unknown), (false, .warning)] {
            let unknown = try await IssuerFixture.start(keys: old).check(comparing: nil) {
                $0.isReachRequired = isReachRequired
            }
            #expect(codes(unknown) == [.issuerKeysNotCompared] && unknown.findings.last?.status == status)
        }
        let renamed = try await IssuerFixture.start { path, url in
            let documents = try IssuerDocuments(try IssuerURL(parsing: url), keys: old)
            if path == IssuerURL.configurationPath { return String(decoding: documents.configuration, as: UTF8.self) }
            return String(decoding: documents.keys, as: UTF8.self).replacing(old[0].id, with: "other")
        }.check(comparing: old)
        #expect(codes(renamed) == [.issuerKeysDiffer] && renamed.findings.last?.message.contains("as other") ?? false)
    }

    @Test("reports a document for another issuer, and one with an extra slash", arguments: ["x", "/"])
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
        "reports unusable documents",
        arguments: [
            (nil, Finding.Code.issuerDocumentUnusable, true), ("<html>", .issuerDocumentUnusable, false),
            ("{}", .issuerDocumentUnusable, true),
            (#"{"issuer":"URL","jwks_uri":"http://127.0.0.1/a"}"#, .issuerKeysUnusable, true),
            (#"{"issuer":"URL","jwks_uri":"https://10.0.0.1:6443/openid/v1/jwks"}"#, .issuerKeysUnusable, true),
            (#"{"issuer":"URL","jwks_uri":"URL/none"}"#, .issuerDocumentUnusable, true),
            (#"{"issuer":"URL","jwks_uri":"URL/html"}"#, .issuerKeysUnusable, false),
            (#"{"issuer":"URL","jwks_uri":"URL/empty"}"#, .issuerKeysUnusable, true),
            (#"{"issuer":"URL","jwks_uri":"URL"}"#, .issuerKeysUnusable, false),
        ]
    )
    func unusable(document: String?, code: Finding.Code, isWrong: Bool) async throws {
        for (isNeeded, isReachRequired) in [(true, true), (true, false), (false, true), (false, false)] {
            let issuer = try await IssuerFixture.start { path, url in
                switch path {
                case IssuerURL.configurationPath: document?.replacing("URL", with: url)
                case "/html", "/": "<html>"
                case "/empty": "{}"
                default: nil
                }
            }
            let result = try await issuer.check(comparing: try IssuerFixture.keys(KeyFixtures.rsa)) {
                ($0.isNeeded, $0.isReachRequired) = (isNeeded, isReachRequired)
            }
            #expect(codes(result) == [code] && result.published == nil, "\(result.findings)")
            let finding = try #require(result.findings.last)
            let status: Finding.Status =
                isWrong ? (isNeeded ? .problem : .warning) : (isReachRequired ? .unknown : .warning)
            #expect(finding.status == status && finding.message.contains("from here") != isWrong, "\(finding)")
        }
    }

    @Test("takes a refusal as specific to this machine", arguments: [401, 403, 407, 429, 451, 503])
    func refused(status: Int) async throws {
        for isReachRequired in [true, false] {
            let issuer = try await IssuerFixture.start(missing: status) { _, _ in nil }
            let result = try await issuer.check(comparing: nil) { $0.isReachRequired = isReachRequired }
            #expect(codes(result) == [.issuerUnreachable])
            let finding = try #require(result.findings.last)
            // Object storage returns these to everybody if its objects are not public.
            let isPrivate = [401, 403].contains(status)
            #expect(finding.status == (isReachRequired || isPrivate ? .unknown : .warning), "\(finding)")
            #expect(finding.message.contains("seen from here") && finding.message.contains("\(status)"))
        }
    }

    @Test("names the cluster whose keys it compared, and says first if that cluster has another issuer")
    func otherCluster() async throws {
        let (old, new) = (try IssuerFixture.keys(KeyFixtures.rsa), try IssuerFixture.keys(KeyFixtures.curve))
        let other = "https://other.example.com"
        let differ = try await IssuerFixture.start(keys: old).check(comparing: new, of: other) { $0.isNamed = true }
        let finding = try #require(differ.findings.last)
        #expect(codes(differ) == [.issuerKeysDiffer] && finding.status == .warning && finding.remedy == nil)
        #expect(finding.message.hasPrefix("the cluster at https://api has another issuer, \(other): "))
        let same = try await IssuerFixture.start(keys: old).check(comparing: old) { $0.isNamed = true }
        #expect(same.findings.last?.message.contains("its key is that of the cluster at https://api") ?? false)
        let unknown = try await IssuerFixture.start(keys: old).check(comparing: nil) { $0.isNamed = true }
        #expect(unknown.findings.last?.message.contains("the keys of the cluster at https://api are not") ?? false)
    }

    @Test("says why no cloud can fetch keys from an address")
    func address() async throws {
        let issuer = try await IssuerFixture.start(keys: try IssuerFixture.keys(KeyFixtures.rsa))
        let check = IssuerCheck(try issuer.outbound(), now: Timestamp(seconds: ScriptedCluster.today))
        #expect(codes(await check.run("https://kubernetes.default.svc", comparing: nil)) == [.issuerNotPublic])
        #expect(codes(await check.run("kubernetes/serviceaccount", comparing: nil)) == [.issuerNotHTTPS])
        #expect(codes(await check.run("https://127.0.0.1:1", comparing: nil)) == [.issuerUnreachable])
        var lenient = check
        (lenient.isReachRequired, lenient.isNeeded) = (false, false)
        for text in ["https://127.0.0.1:1", "kubernetes/serviceaccount"] {
            #expect(await check.run(text, comparing: nil).findings.last?.status != .warning)
            #expect(await lenient.run(text, comparing: nil).findings.last?.status == .warning)
        }
        try await issuer.server.close()
    }

    @Test("distinguishes an unacceptable certificate from one that needs a thumbprint")
    func certificates() async throws {
        let keys = try IssuerFixture.keys(KeyFixtures.rsa)
        let unknown = try await IssuerFixture.start(keys: keys).check(comparing: keys, isTrusted: false)
        #expect(codes(unknown) == [.issuerCertificateUntrusted] && unknown.published != nil, "\(unknown.findings)")
        let finding = try #require(unknown.findings.last)
        #expect(
            finding.status == .warning && finding.remedy?.hasPrefix("pod-identity-webhook issuer thumbprint ") ?? false
        )
        for (isReachRequired, status) in [(true, Finding.Status.unknown), (false, .warning)] {
            let expired = try await IssuerFixture.start(days: -1, keys: keys).check(comparing: keys) {
                $0.isReachRequired = isReachRequired
            }
            #expect(codes(expired) == [.issuerCertificateRejected] && expired.findings.last?.status == status)
            #expect(expired.findings.last?.message.hasPrefix("seen from here, ") ?? false)
        }
        let named = try await IssuerFixture.start(addresses: ["127.0.0.2"]) { _, _ in nil }.check(comparing: keys)
        #expect(codes(named) == [.issuerCertificateRejected], "\(named.findings)")
        let soon = try await IssuerFixture.start(keys: keys).check(
            comparing: keys,
            now: ScriptedCluster.today + 80 * 86_400
        )
        #expect(codes(soon) == [.issuerCertificateExpiresSoon])
    }

    @Test("asks the API server for its issuer and keys, and reports missing rights")
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
        // In these tests, the current time is in the past, when certificates are valid for long.
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

    @Test("does not change the exit status if it is unreachable, unless roles are assumed")
    func closedNetwork() async throws {
        let issuer = try await IssuerFixture.start(keys: try IssuerFixture.keys(KeyFixtures.rsa))
        let outbound = try issuer.outbound()
        try await issuer.server.close()
        let documents = try IssuerDocuments(
            try IssuerURL(parsing: "https://id.example.com"),
            keys: try IssuerFixture.keys(KeyFixtures.rsa)
        )
        var cluster = ScriptedCluster()
        cluster.objects[IssuerURL.configurationPath] = String(decoding: documents.configuration, as: UTF8.self)
        cluster.objects[IssuerURL.keysPath] = String(decoding: documents.keys, as: UTF8.self)
        let plain = try await cluster.examine { $0.outbound = outbound }
        #expect(plain.finding(.issuerUnreachable)?.status == .warning, "\(plain.report)")
        let assuming = try await cluster.examine {
            $0.outbound = outbound
            $0.assumeRoles = AssumeRoleOptions(region: "", endpoint: nil)
            $0.assumeRoles?.service.attempts = 1
        }
        #expect(assuming.finding(.issuerUnreachable)?.status == .unknown)
    }

    @Test("reports a problem with a document only if an identity needs it")
    func identities() async throws {
        let keys = try IssuerFixture.keys(KeyFixtures.rsa)
        let issuer = try await IssuerFixture.start { _, _ in nil }
        let documents = try IssuerDocuments(try IssuerURL(parsing: issuer.url), keys: keys)
        var cluster = ScriptedCluster()
        cluster.objects[IssuerURL.configurationPath] = String(decoding: documents.configuration, as: UTF8.self)
        cluster.objects[IssuerURL.keysPath] = String(decoding: documents.keys, as: UTF8.self)
        let outbound = try issuer.outbound()
        let needed = try await cluster.examine { $0.outbound = outbound }
        #expect(needed.finding(.issuerDocumentUnusable)?.status == .problem, "\(needed.report)")
        cluster.lists["/api/v1/serviceaccounts"] = [ScriptedCluster.account("shop", annotations: "")]
        let unused = try await cluster.examine { $0.outbound = outbound }
        #expect(unused.finding(.issuerDocumentUnusable)?.status == .warning)
        try await issuer.server.close()
    }

    @Test("completes the report if the API server does not respond to requests about it")
    func silentServer() async throws {
        let issuer = try await IssuerFixture.start { _, _ in nil }
        var cluster = ScriptedCluster()
        let outbound = try issuer.outbound()
        for path in [IssuerURL.configurationPath, IssuerURL.keysPath] {
            cluster.objects = ScriptedCluster().objects
            cluster.objects[IssuerURL.configurationPath] = #"{"issuer":"\#(issuer.url)","jwks_uri":"https://a"}"#
            cluster.silent = [path]
            let run = try await cluster.examine { $0.outbound = outbound }
            #expect(run.finding(.issuerUnknown)?.status == .unknown, "\(run.report)")
            #expect(run.finding(.dryRunInjected) != nil && run.finding(.issuerUnknown)?.message.contains(path) ?? false)
        }
        try await issuer.server.close()
    }

    @Test("computes the thumbprint of the last certificate that the key server presents")
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
