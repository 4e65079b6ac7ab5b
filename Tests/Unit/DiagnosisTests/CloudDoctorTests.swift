import AWSIdentity
import PodIdentity
import TestSupport
import Testing

@testable import Diagnosis

@Suite("Doctor in a cluster with several clouds or without AWS", .timeLimit(.minutes(5)))
struct CloudDoctorTests {
    private static let both: [any IdentityProvider] = [
        IRSAProvider(settings: AWSSettings()), TrialProvider("blue"),
    ]

    @Test("reports each cloud's identity in dry runs, including a missing one")
    func dryRuns() async throws {
        var cluster = ScriptedCluster()
        let own = #""eks.amazonaws.com/role-arn":"\#(ScriptedCluster.role)","blue.example/identity":"id-1""#
        cluster.lists["/api/v1/serviceaccounts"] = [ScriptedCluster.account("shop", annotations: own)]
        let run = try await cluster.examine(setUp: { $0.providers = ProviderChain(Self.both) })
        let found = run.report.findings.filter { $0.check == .serviceAccounts && $0.cloud != nil }
        #expect(found.map(\.cloud) == ["aws", "blue"] && found.map(\.code) == [.dryRunInjected, .notInjected])
        #expect(found.last?.message.hasPrefix("blue: a new pod does not get id-1: ") ?? false)
        #expect(found.last?.message.hasSuffix("or it does not know the identity") ?? false)
        let tokens = run.report.findings.filter { $0.code == .tokenGranted }.map(\.message)
        #expect(tokens.count == 2 && tokens.contains { $0.hasPrefix("a token for blue.audience ") })
    }

    @Test("reports a denied dry run with the provider's message, and does not refer to a log")
    func deniedDryRun() async throws {
        var cluster = ScriptedCluster()
        cluster.lists["/api/v1/serviceaccounts"] = [
            ScriptedCluster.account("shop", annotations: #""blue.example/deny":"on""#)
        ]
        cluster.admission = { _ in
            let name = "pod-identity-webhook.amazonaws.com"
            return .refused(400, #"admission webhook "\#(name)" denied the request: blue.example/deny is on"#)
        }
        let run = try await cluster.examine(setUp: { $0.providers = ProviderChain([TrialProvider("blue")]) })
        let finding = try #require(run.finding(.podDenied))
        #expect(finding.message == "a new pod is denied: blue.example/deny is on" && finding.remedy == nil)
        #expect(run.finding(.webhookFailed) == nil)
    }

    @Test("does not mention a cloud that is not in use")
    func withoutAWS() async throws {
        var cluster = ScriptedCluster()
        cluster.lists["/api/v1/serviceaccounts"] = [ScriptedCluster.account("shop", annotations: "")]
        cluster.lists["/api/v1/pods"] = [
            #"{"metadata":{"namespace":"store","name":"p"},"spec":{"serviceAccountName":"shop","containers":[{"name":"a"}]}}"#
        ]
        for annotations in ["", #""blue.example/identity":"id-1""#, #""blue.example/identity":"1""#] {
            cluster.lists["/api/v1/serviceaccounts"] = [ScriptedCluster.account("shop", annotations: annotations)]
            cluster.admission = { _ in .unchanged }
            let run = try await cluster.examine(setUp: { setup in
                setup.providers = ProviderChain([TrialProvider("blue")])
                setup.rights.noun = setup.providers.noun()
            })
            let checks: Set<Finding.Check> = [.serviceAccounts, .pods, .access, .flags]
            for finding in run.report.findings where checks.contains(finding.check) {
                let text = "\(finding.message) \(finding.remedy ?? "")"
                for word in ["role", "AWS", "aws", "amazon", "Amazon", "eks", "STS"] {
                    #expect(!text.split(whereSeparator: { !$0.isLetter }).contains(Substring(word)), "\(finding)")
                }
            }
            let isMalformed = annotations.hasSuffix(#":"1""#)
            #expect((run.finding(.malformedIdentity) != nil) == isMalformed)
            #expect(run.report.findings.contains { $0.check == .serviceAccounts })
        }
    }
}
