import AWSTrust
import ArgumentParser
import Diagnosis
import Foundation
import JSON
import KubernetesObjects
import TestSupport
import Testing

@testable import pod_identity_webhook

@Suite("The command trust-policy", .timeLimit(.minutes(5)))
struct TrustPolicyCommandTests {
    private static func needs(
        _ accounts: [String: TrustNeeds.Account],
        issuer: String? = "https://oidc.example.com"
    ) throws -> TrustNeeds {
        var needs = TrustNeeds()
        needs.issuer = try issuer.map { try TrustedIssuer($0) }
        needs.issuerProblem = issuer == nil ? "it is forbidden" : ""
        for (name, account) in accounts { needs.accounts[NamespacedName(namespace: "store", name: name)] = account }
        return needs
    }

    private static func account(_ role: String? = nil, _ audience: String? = "sts.amazonaws.com") -> TrustNeeds.Account
    {
        TrustNeeds.Account(role: role, audience: audience)
    }

    private static func policy(
        _ arguments: [String],
        _ accounts: [String: TrustNeeds.Account],
        issuer: String? = "https://oidc.example.com"
    ) throws -> JSONTree {
        let command = try TrustPolicyCommand.parse(["-n", "store", "--service-account", "shop"] + arguments)
        return try command.policy(try command.accounts, try needs(accounts, issuer: issuer), isFromCluster: true)
    }

    private static func principal(_ policy: JSONTree) -> String? {
        policy["Statement"]?.elements?.first?[path: ["Principal", "Federated"]]?.string
    }

    @Test(
        "takes the account and the partition from the role, from flags, or from an EKS issuer",
        arguments: [
            (
                [], "arn:aws-cn:iam::111122223333:role/x", "https://a.b",
                "arn:aws-cn:iam::111122223333:oidc-provider/a.b"
            ),
            (
                ["--aws-account-id=444455556666", "--aws-partition=aws-iso"], "arn:aws:iam::111122223333:role/x",
                "https://a.b/c/", "arn:aws-iso:iam::444455556666:oidc-provider/a.b/c/"
            ),
            (["--aws-account-id=444455556666"], nil, "https://a.b", "arn:aws:iam::444455556666:oidc-provider/a.b"),
            (
                ["--aws-account-id=444455556666"], nil, "https://oidc.eks.us-gov-west-1.amazonaws.com/id/A",
                "arn:aws-us-gov:iam::444455556666:oidc-provider/oidc.eks.us-gov-west-1.amazonaws.com/id/A"
            ),
            (
                ["--aws-account-id=444455556666"], nil, "https://oidc-eks.cn-north-1.api.amazonwebservices.com.cn/id/A",
                "arn:aws-cn:iam::444455556666:oidc-provider/oidc-eks.cn-north-1.api.amazonwebservices.com.cn/id/A"
            ),
            (
                ["--aws-account-id=444455556666"], nil, "https://oidc-eks.us-gov-east-1.api.aws/id/A",
                "arn:aws-us-gov:iam::444455556666:oidc-provider/oidc-eks.us-gov-east-1.api.aws/id/A"
            ),
            (
                ["--issuer=https://c.d", "--aws-account-id=444455556666"], nil, nil,
                "arn:aws:iam::444455556666:oidc-provider/c.d"
            ),
        ] as [([String], String?, String?, String)]
    )
    func providers(_ arguments: [String], _ role: String?, _ issuer: String?, _ provider: String) throws {
        let policy = try Self.policy(arguments, ["shop": Self.account(role)], issuer: issuer)
        #expect(Self.principal(policy) == provider)
    }

    @Test("writes one policy for several ServiceAccounts, also in different namespaces")
    func several() throws {
        let role = "arn:aws:iam::111122223333:role/x"
        var needs = try Self.needs(["shop": Self.account(role)])
        needs.accounts[NamespacedName(namespace: "other", name: "a.b")] = Self.account()
        let command = try TrustPolicyCommand.parse(
            ["-n", "store", "--service-account", "shop", "--service-account=other/a.b", "--service-account=store/shop"]
        )
        let policy = try command.policy(try command.accounts, needs, isFromCluster: true)
        let condition = policy["Statement"]?.elements?.first?[path: ["Condition", "StringEquals"]]
        let subjects = condition?["oidc.example.com:sub"]?.elements?.compactMap(\.string)
        #expect(subjects == ["system:serviceaccount:other:a.b", "system:serviceaccount:store:shop"])
    }

    @Test("uses the given audience, or that of the pods' tokens")
    func audiences() throws {
        let key = ["Condition", "StringEquals", "oidc.example.com:aud"]
        for (arguments, audience) in [([], "own"), (["--audience=typed"], "typed")] as [([String], String)] {
            let accounts = ["shop": Self.account("arn:aws:iam::111122223333:role/x", "own")]
            let policy = try Self.policy(arguments, accounts)
            #expect(policy["Statement"]?.elements?.first?[path: key]?.string == audience)
        }
    }

    @Test("names the flags to use for missing information")
    func unknowns() throws {
        let role = "arn:aws:iam::111122223333:role/x"
        let associated = TrustNeeds.Account(association: "the pod identity association of store/shop")
        for (accounts, issuer, words) in [
            (
                ["shop": Self.account(role)], nil,
                "the issuer of the cluster's tokens is unknown (it is forbidden); pass --issuer"
            ),
            (
                ["shop": Self.account(role, nil)], "https://a",
                "the token audience of store/shop is unknown; pass --audience"
            ),
            (
                ["shop": Self.account()], "https://a",
                "store/shop: no role found; pass its account with --aws-account-id"
            ),
            ([:], "https://a", "the ServiceAccount store/shop does not exist or cannot be read"),
            (["shop": associated], "https://a", "whose role needs the policy that --eks-pod-identity prints"),
        ] as [([String: TrustNeeds.Account], String?, String)] {
            let error = #expect(throws: ValidationError.self) { try Self.policy([], accounts, issuer: issuer) }
            #expect(error?.message.contains(words) ?? false, "\(error?.message ?? "")")
        }
        let both = ["shop": Self.account(role), "two": Self.account("\(role)2")]
        let error = #expect(throws: ValidationError.self) { try Self.policy(["--service-account=two"], both) }
        #expect(error?.message.hasSuffix("which need one policy each: \(role), \(role)2") ?? false)
    }

    @Test(
        "refuses invalid flags",
        arguments: [
            [], ["--service-account=shop"], ["-n", "store", "--service-account=a/b/c"], ["--service-account=store/"],
            ["--service-account=/shop"], ["--service-account=store/a:b"], ["--service-account=store/*"],
            ["--service-account=store/shop", "--issuer=http://a"],
            ["--service-account=store/shop", "--aws-account-id=1"],
            ["--service-account=store/shop", "--aws-partition=azure"],
            ["--service-account=store/shop", "--audience", ""],
        ]
    )
    func refusals(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try TrustPolicyCommand.parse(arguments) }
    }
}

@Suite("The flags of doctor for trust policies", .timeLimit(.minutes(5)))
struct DoctorTrustOptionsTests {
    private static let policy = #"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*"}]}"#

    private func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("policy-\(UUID().uuidString)").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test("read the files and the issuer")
    func files() throws {
        let path = try file(Self.policy)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var options = Doctor.Options()
        try DoctorTrustOptions.parse([]).apply(to: &options)
        #expect(options.trustPolicies == nil && options.issuer == nil)
        try DoctorTrustOptions.parse(["--trust-policies=\(path)", "--issuer=https://a"]).apply(to: &options)
        #expect(options.trustPolicies?.alone != nil && options.issuer?.name == "a")
    }

    @Test("report the file with unexpected content")
    func errors() throws {
        let path = try file(#"{"Statement":[{"Effect":"Allow"}]}"#)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var options = Doctor.Options()
        let error = #expect(throws: ValidationError.self) {
            try DoctorTrustOptions.parse(["--trust-policies=\(path)"]).apply(to: &options)
        }
        #expect(error?.message == "\(path): Statement[0].Principal is missing")
        #expect(throws: (any Error).self) {
            try DoctorTrustOptions.parse(["--trust-policies=/does/not/exist"]).apply(to: &options)
        }
        #expect(throws: (any Error).self) {
            try DoctorTrustOptions.parse(["--trust-policies=-", "--trust-policies=-"])
        }
        #expect(throws: (any Error).self) { try DoctorTrustOptions.parse(["--issuer=a"]) }
    }
}
