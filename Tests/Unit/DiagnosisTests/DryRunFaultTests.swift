import Testing

@testable import Diagnosis

@Suite("A dry run of a pod that cannot use its identity", .timeLimit(.minutes(5)))
struct DryRunFaultTests {
    private static let path = "/var/run/secrets/eks.amazonaws.com/serviceaccount"

    /// - Parameter container: The container's members other than its name.
    private static func workload(_ container: String) -> String {
        let spec =
            #"{"serviceAccountName":"shop","volumes":[{"name":"own","emptyDir":{}}],"#
            + #""containers":[{"name":"main",\#(container)}]}"#
        return #"{"metadata":{"namespace":"store","name":"shop"},"spec":{"template":{"spec":\#(spec)}}}"#
    }

    @Test(
        "reports what the pod itself sets",
        arguments: [
            (
                #""volumeMounts":[{"name":"own","mountPath":"\#(path)/"}]"#, .mountConflict, .problem,
                "a new pod like those of Deployment shop cannot use what it gets: container main without "
                    + "\(ScriptedCluster.role) (another volume is mounted at \(path)/ instead of the token: own)"
            ),
            (
                #""env":[{"name":"AWS_ROLE_ARN","value":"\#(ScriptedCluster.role)"}]"#, .tokenUnreachable, .problem,
                "(AWS_WEB_IDENTITY_TOKEN_FILE is not set)"
            ),
            (
                #""env":[{"name":"AWS_PROFILE","value":"own"}]"#, .dryRunWarned, .warning,
                "gets \(ScriptedCluster.role), but container main: sets AWS_PROFILE, which SDKs use instead of the role"
            ),
        ] as [(String, Finding.Code, Finding.Status, String)]
    )
    func faults(container: String, code: Finding.Code, status: Finding.Status, words: String) async throws {
        var cluster = ScriptedCluster()
        cluster.lists["/apis/apps/v1/deployments"] = [Self.workload(container)]
        let run = try await cluster.examine()
        let finding = try #require(run.finding(code), "\(run.report)")
        #expect(finding.status == status && finding.message.contains(words), "\(finding)")
        #expect(run.finding(.dryRunInjected) == nil && run.finding(.notInjected) == nil, "\(run.report)")
    }

    @Test("is skipped for an impossible role, which is a problem in itself")
    func malformedRole() async throws {
        var cluster = ScriptedCluster()
        let role = #""eks.amazonaws.com/role-arn":"arn:aws:iam::11112222333:role/shop""#
        cluster.lists["/api/v1/serviceaccounts"] = [ScriptedCluster.account("shop", annotations: role)]
        let run = try await cluster.examine()
        let finding = try #require(run.finding(.malformedRole), "\(run.report)")
        #expect(finding.status == .problem && finding.check == .serviceAccounts && run.report.verdict == .problem)
        #expect(finding.message.hasPrefix("no pod can get its role: the role's account has 11 digits instead of 12"))
        #expect(run.pods.isEmpty)
    }
}
