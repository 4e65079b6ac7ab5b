import JSON
import KubernetesObjects
import PodIdentity
import Testing

@testable import pod_identity_webhook

@Suite("What mutate reports about a pod", .timeLimit(.minutes(5)))
struct MutateReportTests {
    private static let account = NamespacedName(namespace: "store", name: "shop")

    private static func part(_ cloud: String, _ reason: Reason, _ identity: String? = nil) -> MutationResult.Part {
        var part = MutationResult.Part(cloud: cloud, auditKeys: AuditKeys(cloud: cloud), reason: reason)
        part.identity = identity
        return part
    }

    private static func report(
        _ reason: Reason,
        identity: String? = nil,
        parts: [MutationResult.Part] = [],
        denial: Denial? = nil
    ) -> MutateReport {
        let pod = MutateReport.Pod(
            path: JSONPointer(),
            isOneOfMany: false,
            serviceAccount: account,
            reason: reason,
            identity: identity,
            parts: parts,
            denial: denial,
            warnings: [],
            patch: .array([])
        )
        return MutateReport(apiVersion: "v1", kind: "Pod", namespace: "store", name: "p", outcome: .pod(pod))
    }

    private func json(_ report: MutateReport) throws -> JSONTree {
        try JSONTree(parsing: try #require(report.json))
    }

    @Test("of one cloud is one line")
    func one() throws {
        let report = Self.report(.injected, identity: "id-1")
        #expect(report.text == "Pod store/p (ServiceAccount store/shop): injected: id-1\n")
        let json = try json(report)
        #expect(json["identity"]?.string == "id-1" && json["providers"] == nil && json["denied"] == nil)
        #expect(!report.isLoss)
    }

    @Test("of several clouds has a line for each cloud that applies to the pod")
    func several() throws {
        let parts = [
            Self.part("aws", .noRole), Self.part("blue", .injected, "id-1"), Self.part("red", .mountConflict, "id-2"),
        ]
        let report = Self.report(.mountConflict, identity: "id-1, id-2", parts: parts)
        #expect(
            report.text == """
                Pod store/p (ServiceAccount store/shop): mount_conflict
                  blue: injected: id-1
                  red: mount_conflict: id-2

                """
        )
        let providers = try json(report)["providers"]?.elements ?? []
        #expect(providers.map { $0["provider"]?.string } == ["aws", "blue", "red"])
        #expect(providers.map { $0["identity"]?.string } == [nil, "id-1", "id-2"])
        #expect(report.isLoss)
    }

    @Test("that is denied has the message, and counts as lost for any reason")
    func denied() throws {
        let report = Self.report(.noIdentity, denial: Denial(.noIdentity, "it must have one"))
        #expect(report.text == "Pod store/p (ServiceAccount store/shop): denied: no_identity: it must have one\n")
        #expect(try json(report)["denied"]?.string == "it must have one" && report.isLoss)
    }
}
