import AWSIdentity
import AWSTrust
import Foundation
import JSON
import Kubernetes
import PodIdentity
import TestNetwork
import TestSupport
import Testing

@testable import Diagnosis
@testable import KubernetesObjects

/// Tests of roles and their trust policies.
@Suite("Doctor with trust policies", .timeLimit(.minutes(5)))
struct DoctorTrustTests {
    private static let role = ScriptedCluster.role
    private static let issuer = "oidc.example.com/c"
    private static let subject = "system:serviceaccount:store:shop"
    private static let document = "/.well-known/openid-configuration"

    private static let cluster: ScriptedCluster = {
        var cluster = ScriptedCluster()
        cluster.objects[document] = #"{"issuer":"https://\#(issuer)"}"#
        return cluster
    }()

    /// A policy whose condition on the claims has these members.
    private static func policy(_ condition: String) -> String {
        let claims = condition.replacing("$I", with: issuer)
        let condition = claims.isEmpty ? "" : #","Condition":{\#(claims)}"#
        return #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"#
            + #""arn:aws:iam::111122223333:oidc-provider/\#(issuer)"},"Action":"sts:AssumeRoleWithWebIdentity"\#(condition)}]}"#
    }

    private static func role(_ policy: String, arn: String = role) -> String {
        #"{"Role":{"Arn":"\#(arn)","AssumeRolePolicyDocument":\#(policy)}}"#
    }

    private static func files(_ texts: String...) throws -> TrustPolicyFiles {
        var files = TrustPolicyFiles()
        for text in texts { try files.add(Array(text.utf8)) }
        return files
    }

    private static func equals(_ subject: String) -> String { #""StringEquals":{"$I:sub":"\#(subject)"}"# }

    @Test(
        "says what the policy of a role means for the pods of its ServiceAccount",
        arguments: [
            (equals(subject), .ok, .trustAllowed, "allows sub \(subject) and aud sts.amazonaws.com, by statement 1"),
            (
                equals("\(subject)s"), .problem, .trustNotAllowed,
                "does not allow it: statement 1 allows sub \(subject)s, this is"
            ),
            ("", .warning, .trustTooWide, "is too wide: it allows every pod of the cluster"),
            (
                #""StringLike":{"$I:sub":"system:serviceaccount:*:shop"}"#, .warning, .trustTooWide,
                "a wildcard on sub crosses namespaces, so it allows system:serviceaccount:x:shop too"
            ),
            (
                #""ArnLike":{"$I:sub":"*"}"#, .unknown, .trustUndecided,
                "allows sub \(subject) cannot be determined here: statement 1 allows by the condition ArnLike"
            ),
        ] as [(String, Finding.Status, Finding.Code, String)]
    )
    func answers(_ condition: String, _ status: Finding.Status, _ code: Finding.Code, _ words: String) async throws {
        let files = try Self.files(Self.role(Self.policy(condition)))
        let run = try await Self.cluster.examine { $0.trustPolicies = files }
        let findings = run.report.findings.filter { $0.check == .trust }
        #expect(findings.map(\.code) == [code] && findings.first?.status == status)
        #expect(findings.first?.subject == "store/shop")
        #expect(findings.first?.message.contains("the trust policy of \(Self.role)") ?? false)
        #expect(findings.first?.message.contains(words) ?? false, "\(findings)")
        let remedy = "pod-identity-webhook trust-policy -n store --service-account shop"
        let isRemedied = [.warning, .problem].contains(status)
        #expect(findings.first?.remedy?.hasPrefix(remedy) ?? false == isRemedied)
    }

    @Test("reports that a statement denies access")
    func denied() async throws {
        let provider = "arn:aws:iam::111122223333:oidc-provider/\(Self.issuer)"
        let deny = #"{"Effect":"Deny","Principal":{"Federated":"\#(provider)"},"Action":"*","Sid":"Never"}"#
        let text = Self.policy(Self.equals(Self.subject)).replacing("}]}", with: "},\(deny)]}")
        let files = try Self.files(Self.role(text))
        let finding = try #require(
            try await Self.cluster.examine { $0.trustPolicies = files }.finding(.trustNotAllowed)
        )
        #expect(finding.status == .problem && finding.remedy == nil)
        #expect(finding.message.hasSuffix("denies sub \(Self.subject), by statement Never"))
    }

    @Test("reports that others may have the role if that depends on unknown values, and warns of a port")
    func open() async throws {
        let own = Self.policy(Self.equals(Self.subject))
        let second = Self.policy(#""StringEquals":{"aws:SourceVpc":"vpc-1"}"#)
        let statement = second.dropFirst(#"{"Version":"2012-10-17","Statement":["#.count).dropLast(2)
        let files = try Self.files(Self.role(own.replacing("}]}", with: "},\(statement)]}")))
        let run = try await Self.cluster.examine { $0.trustPolicies = files }
        let finding = try #require(run.finding(.trustUndecided))
        #expect(finding.status == .unknown && finding.message.contains("allows sub \(Self.subject)"), "\(finding)")
        #expect(finding.message.hasSuffix("by the condition StringEquals on aws:SourceVpc, which depends on the call"))
        #expect(run.finding(.issuerHasPort) == nil)
        let issuer = try TrustedIssuer("https://a.example.com:8443")
        let port = try await Self.cluster.examine { ($0.trustPolicies, $0.issuer) = (files, issuer) }
        #expect(port.finding(.issuerHasPort)?.status == .warning && port.finding(.issuerHasPort)?.check == .trust)
    }

    @Test("needs a policy for the checks, and assumes that a single one belongs to the only role")
    func alone() async throws {
        let without = try await Self.cluster.examine()
        #expect(!without.report.findings.contains { $0.check == .trust })
        #expect(!without.requests.contains { $0.path == Self.document })
        let files = try Self.files(Self.policy(Self.equals(Self.subject)))
        var cluster = Self.cluster
        #expect(try await cluster.examine { $0.trustPolicies = files }.finding(.trustAllowed)?.status == .ok)
        let other = #""eks.amazonaws.com/role-arn":"\#(Self.role)2""#
        cluster.lists["/api/v1/serviceaccounts"]?.append(ScriptedCluster.account("other", annotations: other))
        let several = try await cluster.examine { $0.trustPolicies = files }
        let missing = several.report.findings.filter { $0.code == .trustPolicyMissing }
        #expect(missing.map(\.subject) == ["store/other", "store/shop"])
        #expect(missing.last?.remedy?.contains("doctor -n store --service-account shop") ?? false)
        let one = try await cluster.examine { ($0.trustPolicies, $0.serviceAccount) = (files, "shop") }
        #expect(one.finding(.trustAllowed)?.subject == "store/shop" && one.finding(.trustPolicyMissing) == nil)
    }

    @Test("names roles whose policies are missing or unreadable")
    func missing() async throws {
        let usable = Self.policy(Self.equals(Self.subject))
        let files = try Self.files(Self.role(usable, arn: "arn:aws:iam::111122223333:role/other"))
        let finding = try #require(
            try await Self.cluster.examine { $0.trustPolicies = files }.finding(.trustPolicyMissing)
        )
        #expect(finding.status == .unknown)
        #expect(finding.remedy == "aws iam get-role --role-name shop" && finding.note == "in the account 111122223333")
        let path = "arn:aws:iam::111122223333:role/team/shop"
        let elsewhere = try Self.files(Self.role(usable, arn: path))
        let hint = try await Self.cluster.examine { $0.trustPolicies = elsewhere }.finding(.trustPolicyMissing)
        #expect(hint?.message.contains("but that of \(path) is: the ARN of a role has its path") ?? false)
        let broken = try Self.files(Self.role(#"{"Statement":[{"Effect":"Allow"}]}"#))
        let unreadable = try await Self.cluster.examine { $0.trustPolicies = broken }.finding(.trustPolicyUnreadable)
        #expect(unreadable?.status == .unknown)
        #expect(unreadable?.message.hasSuffix("cannot be read: Statement[0].Principal is missing") ?? false)
    }

    @Test("needs the issuer, from the API server or from its options")
    func issuers() async throws {
        let files = try Self.files(Self.role(Self.policy(Self.equals(Self.subject))))
        var cluster = Self.cluster
        cluster.forbidden = [Self.document]
        let unknown = try #require(try await cluster.examine { $0.trustPolicies = files }.finding(.trustIssuerUnknown))
        #expect(unknown.status == .unknown && unknown.remedy?.contains("--issuer") ?? false)
        #expect(unknown.message.contains("is forbidden"))
        let issuer = try TrustedIssuer("https://\(Self.issuer)")
        let given = try await cluster.examine { ($0.trustPolicies, $0.issuer) = (files, issuer) }
        #expect(given.finding(.trustAllowed) != nil && !given.requests.contains { $0.path == Self.document })
        cluster.forbidden = []
        cluster.silent = [Self.document]
        let silent = try await cluster.examine { $0.trustPolicies = files }
        #expect(silent.finding(.trustIssuerUnknown)?.status == .unknown && silent.finding(.dryRunInjected) != nil)
        cluster.silent = []
        for (text, status) in [
            (#"{"issuer":"kubernetes/serviceaccount"}"#, Finding.Status.problem), ("{}", .unknown), ("x", .unknown),
        ] {
            cluster.objects[Self.document] = text
            let finding = try await cluster.examine { $0.trustPolicies = files }.finding(.trustIssuerUnknown)
            #expect(finding?.status == status, "\(text)")
        }
    }

    @Test("leaves a malformed role to other checks, and says that only EKS knows the role of an association")
    func otherIdentities() async throws {
        let files = try Self.files(Self.role(Self.policy("")))
        var cluster = Self.cluster
        let malformed = #""eks.amazonaws.com/role-arn":"arn:aws:iam::1:role/x""#
        cluster.lists["/api/v1/serviceaccounts"] = [ScriptedCluster.account("shop", annotations: malformed)]
        let run = try await cluster.examine { $0.trustPolicies = files }
        #expect(!run.report.findings.contains { $0.check == .trust } && run.finding(.malformedRole) != nil)

        cluster.lists["/api/v1/serviceaccounts"] = [ScriptedCluster.account("shop", annotations: #""a/b":"c""#)]
        let settings = cluster.settings
        let associated = try await cluster.examine {
            $0.trustPolicies = files
        } setUp: { setup in
            let credentials = EKSPodIdentitySettings(identitiesFile: "/f")
            setup.providers = ProviderChain([EKSPodIdentityProvider(settings: settings, credentials: credentials)])
            for source in setup.providers.configurations {
                let text = #"{"identities":[{"namespace":"store","serviceAccount":"shop"}]}"#
                _ = try? setup.configurations.read(Array(text.utf8), of: source)
            }
            setup.filesRead = ["/f"]
        }
        let finding = try #require(associated.finding(.trustPolicyMissing))
        #expect(
            finding.status == .unknown
                && finding.message.hasPrefix("only EKS knows the role of the pod identity association")
        )
    }

    // MARK: Input for a new policy

    private func needs(_ cluster: ScriptedCluster, _ names: String...) async throws -> TrustNeeds {
        try await cluster.doctor {
            try await $0.trustNeeds(of: Set(names.map { NamespacedName(namespace: "store", name: $0) }))
        }
    }

    @Test("determines the tokens that pods of a ServiceAccount have, or would have with a role")
    func needs() async throws {
        var cluster = Self.cluster
        let own = #""eks.amazonaws.com/audience":"other""#
        cluster.lists["/api/v1/serviceaccounts"] = nil
        cluster.lists["/api/v1/namespaces/store/serviceaccounts"] = [
            ScriptedCluster.account("shop"), ScriptedCluster.account("new", annotations: #""a/b":"c""#),
            ScriptedCluster.account("own", annotations: own),
        ]
        let needs = try await needs(cluster, "shop", "new", "own", "absent")
        #expect(needs.issuer?.name == Self.issuer && needs.findings.isEmpty)
        let accounts = Dictionary(uniqueKeysWithValues: needs.accounts.map { ($0.key.name, $0.value) })
        #expect(
            accounts == [
                "shop": TrustNeeds.Account(role: Self.role, audience: "sts.amazonaws.com"),
                "new": TrustNeeds.Account(audience: "sts.amazonaws.com"), "own": TrustNeeds.Account(audience: "other"),
            ]
        )
        cluster.forbidden = ["/serviceaccounts", Self.document]
        let blind = try await self.needs(cluster, "shop")
        #expect(blind.accounts.isEmpty && blind.issuer == nil && blind.issuerProblem.contains("is forbidden"))
        #expect(blind.findings.map(\.code) == [.requestRefused])
    }
}
