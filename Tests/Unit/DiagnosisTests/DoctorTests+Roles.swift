import AWSIdentity
import AWSSecurityTokenService
import Foundation
import OIDCIssuer
import PodIdentity
import TestNetwork
import TestSupport
import Testing

@testable import Diagnosis

@Suite("Doctor, for roles that it assumes,", .timeLimit(.minutes(5)))
struct DoctorRoleTests {
    static let session = "arn:aws:sts::111122223333:assumed-role/shop/pod-identity-webhook-doctor"
    static let success =
        "<A><AssumeRoleWithWebIdentityResult><AssumedRoleUser><Arn>\(session)</Arn></AssumedRoleUser>"
        + "</AssumeRoleWithWebIdentityResult></A>"

    static func refusal(_ code: String, _ message: String) -> ScriptedServer.Action {
        .json("<E><Error><Code>\(code)</Code><Message>\(message)</Message></Error></E>", status: 400)
    }

    struct Run {
        let findings: [Finding]
        let asked: [ScriptedServer.Request]
        let run: ScriptedCluster.Run

        var codes: [Finding.Code] { findings.map(\.code) }
    }

    /// - Parameter published: The keys that the issuer publishes; nil if the issuer cannot be reached.
    func run(
        _ cluster: ScriptedCluster,
        published: [JSONWebKey]? = nil,
        _ options: (inout Doctor.Options) -> Void = { _ in },
        setUp: @escaping @Sendable (inout DoctorSetup) -> Void = { _ in },
        sts: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Action
    ) async throws -> Run {
        let server = try await ScriptedServer { [sts($0)] }
        let issuer = try await IssuerFixture.start(keys: published ?? [])
        var cluster = cluster
        let url = published == nil ? "https://id.example.com" : issuer.url
        let documents = try IssuerDocuments(try IssuerURL(parsing: url), keys: try IssuerFixture.keys(KeyFixtures.rsa))
        cluster.objects[IssuerURL.configurationPath] = String(decoding: documents.configuration, as: UTF8.self)
        let outbound = try issuer.outbound()
        var assuming = AssumeRoleOptions(
            region: "",
            endpoint: try STSEndpoint(environment: ["AWS_ENDPOINT_URL_STS": "http://127.0.0.1:\(server.port)"])
        )
        assuming.service.pause = .milliseconds(1)
        let found = try await cluster.examine(
            {
                $0.outbound = outbound
                $0.assumeRoles = assuming
                options(&$0)
            },
            setUp: setUp
        )
        try await server.close()
        try await issuer.server.close()
        return Run(
            findings: found.report.findings.filter { $0.check == .roles },
            asked: server.requests,
            run: found
        )
    }

    @Test("requests a token like that of the pods, and sends it only to STS")
    func assumed() async throws {
        let run = try await run(ScriptedCluster()) { _ in .json(Self.success) }
        #expect(run.codes == [.roleAssumed] && run.findings[0].message.hasSuffix(Self.session), "\(run.findings)")
        let tokens = run.run.requests.filter { $0.path.hasSuffix("/token") && $0.query("dryRun") == nil }
        #expect(tokens.count == 1 && tokens[0].body.contains(#""audiences":["sts.amazonaws.com"]"#))
        #expect(tokens[0].body.contains(#""expirationSeconds":86400"#))
        #expect(run.asked.count == 1 && run.asked[0].body.contains("WebIdentityToken=t0k3n"))
        #expect(!run.run.report.json.contains("t0k3n") && !run.run.report.text(isColoured: false).contains("t0k3n"))
    }

    @Test(
        "distinguishes the causes of refusals, with a remedy for each",
        arguments: [
            (
                "InvalidIdentityToken", "No OpenIDConnect provider found in your account for https://id.example.com",
                Finding.Code.roleProviderMissing,
                "aws iam create-open-id-connect-provider --url https://id.example.com --client-id-list sts.amazonaws.com"
            ),
            (
                "InvalidIdentityToken", "Incorrect token audience", .roleAudienceRefused,
                "aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn "
                    + "arn:aws:iam::111122223333:oidc-provider/id.example.com --client-id sts.amazonaws.com"
            ),
            (
                "InvalidIdentityToken",
                "Couldn't retrieve verification key from your identity provider,  please reference "
                    + "AssumeRoleWithWebIdentity documentation for requirements",
                .roleKeysUnreachable, "pod-identity-webhook issuer check"
            ),
            (
                "InvalidIdentityToken",
                "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
                .roleThumbprintRefused, "aws iam update-open-id-connect-provider-thumbprint "
            ),
            (
                "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", .roleNotAuthorized,
                "pod-identity-webhook trust-policy -n store --service-account shop"
            ),
            (
                "ExpiredTokenException",
                "Token expired: current date/time 1740387458 must be before the expiration date/time 1740319004",
                .roleTokenExpired, ""
            ),
            ("ValidationError", "Request ARN is invalid", .roleOfOtherPartition, ""),
            ("RegionDisabledException", "STS is not activated in this region", .roleRegionDisabled, ""),
            ("MalformedPolicyDocument", "x", .roleRefused, ""),
            ("IDPCommunicationError", "x", .roleKeysUnreachable, "pod"),
            ("InvalidIdentityToken", "another cause", .roleRefused, ""),
        ]
    )
    func refused(code: String, message: String, expected: Finding.Code, remedy: String) async throws {
        let run = try await run(ScriptedCluster()) { _ in Self.refusal(code, message) }
        #expect(run.codes == [expected] && run.findings[0].status == .problem, "\(run.findings)")
        #expect((run.findings[0].remedy ?? "").hasPrefix(remedy), "\(run.findings[0].remedy ?? "")")
        #expect(!run.run.report.json.contains("t0k3n"))
    }

    @Test("says what a trust policy must allow")
    func claims() async throws {
        let run = try await run(ScriptedCluster()) { _ in Self.refusal("AccessDenied", "no") }
        let message = run.findings[0].message
        for part in [
            "sub system:serviceaccount:store:shop", "aud sts.amazonaws.com", "oidc-provider/id.example.com",
            ScriptedCluster.role,
        ] { #expect(message.contains(part), "\(message)") }
    }

    @Test("uses the token's key to detect that the published keys are outdated")
    func rotation() async throws {
        var cluster = ScriptedCluster()
        let (old, new) = (try IssuerFixture.keys(KeyFixtures.rsa), try IssuerFixture.keys(KeyFixtures.curve))
        cluster.token = "\(Base64URL.encode(Array(#"{"alg":"ES256","kid":"\#(new[0].id)"}"#.utf8))).e30.c2ln"
        let refusal = Self.refusal("InvalidIdentityToken", "Couldn't retrieve verification key")
        let stale = try await run(cluster, published: old) { _ in refusal }
        #expect(stale.codes == [.roleKeyNotPublished] && stale.findings[0].message.contains(new[0].id))
        let current = try await run(cluster, published: old + new) { _ in refusal }
        #expect(current.codes == [.roleKeysUnreachable] && current.asked.count == 4)
        let silent = try await run(cluster, published: old) { _ in Self.refusal("IDPCommunicationError", "x") }
        #expect(silent.codes == [.roleKeysUnreachable])
        let name = String(repeating: "k", count: 257)
        cluster.token = "\(Base64URL.encode(Array(#"{"alg":"ES256","kid":"\#(name)"}"#.utf8))).e30.c2ln"
        let long = try await run(cluster, published: old) { _ in refusal }
        #expect(long.codes == [.roleKeysUnreachable])
        #expect(current.findings[0].message.hasSuffix("although they can be fetched from here"))
    }

    @Test("stops if STS does not respond, and says how many roles were not tried")
    func silence() async throws {
        var cluster = ScriptedCluster()
        cluster.lists["/api/v1/serviceaccounts"] = (0..<20).map { ScriptedCluster.account("shop-\($0)") }
        let throttled = try await run(cluster) { _ in Self.refusal("Throttling", "Rate exceeded") }
        #expect(throttled.codes.prefix(5).allSatisfy { $0 == .stsThrottled } && throttled.codes.last == .roleNotTried)
        #expect(throttled.findings.allSatisfy { $0.status == .unknown } && throttled.codes.count < 12)
        #expect(throttled.asked.count <= 4 * throttled.codes.count)
        let foreign = try await run(cluster) { _ in .json("{}", status: 404) }
        #expect(foreign.codes.first == .stsUnavailable && foreign.codes.last == .roleNotTried)
        let all = try await run(cluster) { _ in .json(Self.success) }
        #expect(all.codes.count == 20 && Set(all.codes) == [.roleAssumed])
    }

    @Test("tries only the ServiceAccounts that match the filters")
    func filters() async throws {
        var cluster = ScriptedCluster()
        cluster.lists["/api/v1/serviceaccounts"] = ["a", "b"].map { ScriptedCluster.account($0) }
        let run = try await run(cluster, { $0.serviceAccount = "b" }) { _ in .json(Self.success) }
        #expect(run.findings.map(\.subject) == ["store/b"])
        let none = try await self.run(cluster, { $0.assumeRoles = nil }) { _ in .json(Self.success) }
        #expect(none.codes == [] && none.asked.isEmpty)
    }

    @Test("says which right is missing, and stops requesting tokens")
    func forbidden() async throws {
        var cluster = ScriptedCluster()
        cluster.lists["/api/v1/serviceaccounts"] = (0..<20).map { ScriptedCluster.account("shop-\($0)") }
        cluster.forbidden = ["/token"]
        let run = try await run(cluster) { _ in .json(Self.success) }
        #expect(run.codes.first == .requestRefused && run.codes.last == .roleNotTried && run.asked.isEmpty)
        let finding = run.findings[0]
        #expect(finding.status == .unknown && finding.message.contains("serviceaccounts/token"))
        #expect(finding.remedy?.contains("deploy/optional/doctor-assume-roles.yaml") ?? false)
        cluster.forbiddenStatus = 500
        #expect(try await self.run(cluster) { _ in .json(Self.success) }.codes.contains(.roleNotTried))
    }

    @Test("does not try a role in a partition other than the region's, nor a malformed one")
    func partitions() async throws {
        var cluster = ScriptedCluster()
        cluster.settings.region = "cn-north-1"
        let run = try await run(cluster) { _ in .json(Self.success) }
        #expect(run.codes == [.roleOfOtherPartition] && run.asked.isEmpty, "\(run.findings)")
        var malformed = ScriptedCluster()
        malformed.lists["/api/v1/serviceaccounts"] = [
            ScriptedCluster.account("shop", annotations: #""eks.amazonaws.com/role-arn":"arn:aws:iam::1:role/x""#)
        ]
        let none = try await self.run(malformed) { _ in .json(Self.success) }
        #expect(none.codes == [] && none.asked.isEmpty)
    }

    @Test("says that EKS Pod Identity associations cannot be tried")
    func agent() async throws {
        var cluster = ScriptedCluster()
        cluster.admission = { _ in .unchanged }
        cluster.lists["/api/v1/serviceaccounts"] = [ScriptedCluster.account("shop", annotations: "")]
        let folder = try TemporaryDirectory()
        let file = try folder.write(
            #"{"identities":[{"namespace":"store","serviceAccount":"shop"}]}"#,
            to: "identities.json"
        )
        let run = try await run(
            cluster,
            setUp: { setup in
                let credentials = EKSPodIdentitySettings(identitiesFile: file)
                setup.providers = ProviderChain([
                    EKSPodIdentityProvider(settings: AWSSettings(), credentials: credentials)
                ])
                let bytes = Array((try? Data(contentsOf: URL(fileURLWithPath: file))) ?? Data())
                for source in setup.providers.configurations { _ = try? setup.configurations.read(bytes, of: source) }
                setup.filesRead = [file]
            }
        ) { _ in .json(Self.success) }
        #expect(run.codes == [.roleNotTried] && run.findings[0].message.contains("EKS Pod Identity"), "\(run.findings)")
        #expect(run.asked.isEmpty)
    }
}
