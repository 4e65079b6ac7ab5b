import AWSTrust
import Foundation
import KubernetesObjects
import TestNetwork
import TestSupport
import Testing

@testable import Diagnosis

/// AWS' reasons against a role, and the effect on other roles.
extension DoctorRoleTests {
    @Test("counts failures to respond separately for each STS endpoint")
    func endpoints() {
        func identity(_ name: String, _ region: String) -> WebIdentity {
            WebIdentity(
                account: NamespacedName(namespace: region, name: name),
                role: "r",
                audience: "a",
                seconds: 600,
                region: region
            )
        }
        let all = (0..<8).flatMap { number in ["one", "two"].map { identity("\(number)", $0) } }
        var schedule = AssumeRoleSchedule(all) { $0.region ?? "" }
        var tried: [String: Int] = [:]
        while let next = schedule.next() {
            tried[next.region ?? "", default: 0] += 1
            schedule.record(next.region == "one" ? .silent : .known, "no answer", of: next)
        }
        #expect(tried == ["one": 5, "two": 8])
        #expect(schedule.findings.map(\.subject) == ["3 more at one"])
        #expect(
            schedule.findings.first?.message
                == "not tried, because STS at one gave no answer 5 times in a row, the last time: no answer"
        )
    }

    @Test("requests tokens in other namespaces if it gets none in one namespace")
    func forbiddenNamespace() async throws {
        var cluster = ScriptedCluster()
        cluster.lists["/api/v1/namespaces"] = ["a", "b"].map { #"{"metadata":{"name":"\#($0)"}}"# }
        cluster.lists["/api/v1/serviceaccounts"] = ["a", "b"].flatMap { namespace in
            (0..<9).map { ScriptedCluster.account("shop-\($0)", namespace: namespace) }
        }
        cluster.forbidden = (0..<9).map { "/namespaces/a/serviceaccounts/shop-\($0)/token" }
        let run = try await run(cluster) { _ in .json(Self.success) }
        #expect(run.codes.count { $0 == .roleAssumed } == 9 && run.asked.count == 9, "\(run.findings)")
        let rest = try #require(run.findings.last)
        #expect(rest.code == .roleNotTried && rest.subject.hasSuffix(" more in a"))
        #expect(rest.message.hasPrefix("not tried, because the API server refused a token for a/shop-"))
    }

    @Test("includes AWS' message if a refusal has more than the usual text")
    func denials() async throws {
        for (words, isShown) in [
            ("Not authorized to perform sts:AssumeRoleWithWebIdentity", false), ("", false),
            ("Not authorized to perform sts:AssumeRoleWithWebIdentity.", false),
            ("User is not authorized, with an explicit deny in a service control policy", true),
            (String(repeating: "long ", count: 100), true),
        ] {
            let run = try await run(ScriptedCluster()) { _ in Self.refusal("AccessDenied", words) }
            let message = run.findings[0].message
            #expect(run.codes == [.roleNotAuthorized] && message.contains("AWS says: ") == isShown, "\(message)")
            #expect(!isShown || message.contains(words.prefix(40)))
            #expect(message.utf8.count < 700)
        }
    }

    @Test("names all ServiceAccounts of a role for its policy, and says that it replaces the old one")
    func holders() async throws {
        var cluster = ScriptedCluster()
        let other = #""eks.amazonaws.com/role-arn":"\#(ScriptedCluster.role)2""#
        cluster.lists["/api/v1/serviceaccounts"] =
            ["a", "b"].map { ScriptedCluster.account($0) } + [ScriptedCluster.account("c", annotations: other)]
        let refusal = Self.refusal("AccessDenied", "no")
        let run = try await run(cluster, { $0.serviceAccount = "b" }) { _ in refusal }
        let finding = try #require(run.findings.first)
        #expect(
            finding.remedy
                == "pod-identity-webhook trust-policy --service-account store/a --service-account store/b"
        )
        #expect(finding.note?.contains("which replaces the whole policy") ?? false)
        #expect(!(finding.note?.contains("not known here") ?? true))
        cluster.objects["/api/v1/namespaces/store"] = #"{"metadata":{"name":"store"}}"#
        cluster.lists["/api/v1/namespaces/store/serviceaccounts"] = ["a", "b"].map { ScriptedCluster.account($0) }
        let one = try await self.run(cluster, { ($0.serviceAccount, $0.namespace) = ("b", "store") }) { _ in refusal }
        #expect(one.findings.first?.note?.hasSuffix("than store are not known here") ?? false, "\(one.findings)")
        cluster.lists["/api/v1/serviceaccounts"] = (0..<23).map { ScriptedCluster.account("s\($0)") }
        let many = try await self.run(cluster, { $0.serviceAccount = "s1" }) { _ in refusal }
        #expect(many.findings.first?.remedy?.split(separator: " ").count { $0 == "--service-account" } == 20)
        #expect(
            many.findings.first?.note?.hasSuffix("3 more ServiceAccounts have the role, and have to be named too")
                ?? false
        )
    }

    @Test("says what the policy allows instead if its text is known")
    func policyText() async throws {
        let policy =
            #"{"Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/id.example.com"},"#
            + #""Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"id.example.com:sub":"$S"}}}}"#
        for (subject, words) in [
            (
                "system:serviceaccount:prod:shop",
                "does not allow it: statement 1 allows sub system:serviceaccount:prod:shop"
            ),
            ("system:serviceaccount:store:shop", "the trust policy that was given allows it, by statement 1"),
        ] {
            var files = TrustPolicyFiles()
            try files.add(Array(policy.replacing("$S", with: subject).utf8))
            let given = files
            let refusal = Self.refusal("AccessDenied", "")
            let run = try await run(ScriptedCluster(), { $0.trustPolicies = given }) { _ in refusal }
            #expect(run.codes == [.roleNotAuthorized] && run.findings[0].message.contains(words), "\(run.findings)")
        }
    }

    @Test("gives no command with an audience that the AWS CLI or a shell would interpret")
    func audiences() async throws {
        for (audience, isShown) in [
            ("x", true), ("-x", false), ("file:///etc/x", false), ("a b", false), ("a\u{301}", false),
        ] {
            var cluster = ScriptedCluster()
            let annotations =
                #""eks.amazonaws.com/role-arn":"\#(ScriptedCluster.role)","eks.amazonaws.com/audience":"\#(audience)""#
            cluster.lists["/api/v1/serviceaccounts"] = [ScriptedCluster.account("shop", annotations: annotations)]
            for words in ["No OpenIDConnect provider found", "Incorrect token audience"] {
                let run = try await run(cluster) { _ in Self.refusal("InvalidIdentityToken", words) }
                #expect((run.findings[0].remedy != nil) == isShown, "\(run.findings)")
                #expect(run.findings[0].message.contains("cannot be shown safely") != isShown)
            }
        }
    }
}
