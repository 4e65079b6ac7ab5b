import AWSIdentity
import JSON
import Kubernetes
import PodIdentity
import TestSupport
import Testing

@testable import Diagnosis
@testable import KubernetesObjects

@Suite("The report about pods with identities of several clouds", .timeLimit(.minutes(5)))
struct CloudDiagnosisTests {
    private static let account = NamespacedName(namespace: "store", name: "shop")
    private static let role = "arn:aws:iam::111122223333:role/shop"

    private static func cluster(_ clouds: [any IdentityProvider], _ annotations: Annotations) -> ClusterView {
        var cluster = ClusterView(providers: ProviderChain(clouds))
        cluster.isRegistrationKnown = false
        cluster.accounts[account] = ClusterView.Account(annotations: annotations)
        return cluster
    }

    private static let aws = IRSAProvider(settings: AWSSettings())
    private static let both: [any IdentityProvider] = [aws, TrialProvider("blue")]
    private static let annotations = Annotations([
        "eks.amazonaws.com/role-arn": role, "blue.example/identity": "id-1",
    ])

    private func tally(
        _ cluster: ClusterView,
        spec: String = #""containers":[{"name":"main"}]"#,
        labels: String = "{}",
        isDetailed: Bool = false
    ) throws -> PodDiagnosis.Tally {
        let json =
            #"{"metadata":{"namespace":"store","name":"p","labels":\#(labels)},"spec":{"serviceAccountName":"shop",\#(spec)}}"#
        return try JSONParser().parse(Array(json.utf8)) { root in
            var tally = PodDiagnosis.Tally()
            PodDiagnosis(cluster: cluster).add(ObjectView(root), to: &tally, isDetailed: isDetailed)
            return tally
        }
    }

    @Test("has a finding with the cloud's name for each cloud, and counts the pod once")
    func findings() throws {
        let tally = try tally(Self.cluster(Self.both, Self.annotations))
        #expect(tally.findings.map(\.cloud) == ["aws", "blue"])
        #expect(tally.findings.map(\.code) == [.webhookDidNotAnswer, .webhookDidNotAnswer])
        let texts = tally.findings.map(\.message)
        #expect(texts.first?.hasPrefix("aws: container main without \(Self.role) (AWS_ROLE_ARN is not set)") ?? false)
        #expect(texts.last?.hasPrefix("blue: container main without id-1 (BLUE_IDENTITY is not set)") ?? false)
        #expect(tally.findings.allSatisfy { $0.pod?.cause.hasPrefix("\($0.cloud ?? "?"): ") ?? false })
        #expect(tally.wanted == 1 && tally.complete == 0 && tally.undecided == 0)
        let report = Report(cluster: "", findings: tally.findings)
        #expect(report.json.contains(#""provider":"blue""#))
    }

    @Test("does not name a single cloud, nor a role if the cloud has none")
    func alone() throws {
        let cluster = Self.cluster([TrialProvider("blue")], Annotations(["blue.example/identity": "1"]))
        let finding = try #require(try tally(cluster).findings.first)
        #expect(finding.code == .malformedIdentity && finding.cloud == nil)
        let text = "its containers have no identity: it does not begin with id, so there can be no such identity"
        #expect(finding.message == text)
        #expect(finding.note == "fix the identity, then recreate the pod")
        #expect(!Report(cluster: "", findings: [finding]).json.contains("provider"))
        let account = cluster.malformedIdentities(of: Self.account)
        #expect(account.map(\.message) == ["no pod can get its identity: it does not begin with id"])
    }

    @Test("has the message of the cloud that denies the pod")
    func denied() throws {
        var annotations = Self.annotations
        annotations["blue.example/deny"] = "on"
        let tally = try tally(Self.cluster(Self.both, annotations))
        #expect(tally.findings.map(\.code) == [.webhookDidNotAnswer, .podDenied])
        let denial = try #require(tally.findings.last)
        #expect(denial.status == .problem)
        #expect(denial.message == "blue: a new pod like it is denied: blue.example/deny is on")
        #expect(tally.wanted == 1 && tally.complete == 0)
    }

    @Test("says why each cloud leaves a single pod alone, once for all clouds with the same reason")
    func leftAlone() throws {
        let clouds: [any IdentityProvider] = [Self.aws, TrialProvider("blue"), TrialProvider("red")]
        let cluster = Self.cluster(clouds, Annotations())
        let alone = try tally(cluster, isDetailed: true)
        #expect(
            alone.findings.map(\.message) == [
                "aws: its ServiceAccount store/shop has no role", "blue, red: nothing gives it an identity",
            ]
        )
        #expect(try tally(cluster).findings == [])
        // If one cloud applies to the pod, only that cloud is reported.
        let one = Self.cluster(clouds, Annotations(["blue.example/identity": "id-1"]))
        #expect(try tally(one, isDetailed: true).findings.map(\.cloud) == ["blue"])
    }

    @Test("suggests each cloud's own annotations, flags and terms")
    func advice() throws {
        var cluster = Self.cluster(Self.both, Self.annotations)
        cluster.flags = ["blue": CloudFlags(tokenMountPath: "--blue-token-path")]
        let pod = PodFacts(namespace: "store", name: "p", workload: Workload(namespace: "store", owners: []))
        func remedy(_ kind: ContainerDefect.Kind, _ cloud: String) throws -> String {
            let gap = PodExamination.Gap(identity: "i", defects: [.init(kind, ["main"], "x")])
            let found = PodDiagnosis(cluster: cluster).findings(pod, gap, Self.account, cloud)
            let finding = try #require(found.first)
            return "\(try #require(finding.remedy)) \(finding.note ?? "")"
        }
        #expect(try remedy(.overridden, "blue").contains("blue.example/acknowledge-warnings=main"))
        #expect(try remedy(.overridden, "aws").contains("eks.amazonaws.com/acknowledge-warnings=main"))
        #expect(try remedy(.mountConflict, "blue").contains("move the token with --blue-token-path"))
        #expect(try !remedy(.mountConflict, "aws").contains("move the token"))
        #expect(try remedy(.otherIdentity, "blue").contains("the annotation of the other identity"))
        #expect(try remedy(.otherIdentity, "aws").contains("the annotation of the other role"))
    }

    @Test("says what the owner of each identity must allow, in its cloud's terms")
    func grants() throws {
        var blue = TrialProvider("blue")
        let subject = "system:serviceaccount:store:shop"
        for (grant, text) in [
            (nil, ""),
            (
                "whose pool must let blue://{subject} in for {audience}",
                ", whose pool must let blue://\(subject) in for blue.audience"
            ),
        ] as [(String?, String)] {
            blue.grant = grant
            let cluster = Self.cluster([Self.aws, blue], Self.annotations)
            #expect(cluster.trustNeeded(by: Self.account, of: "blue") == text)
            let aws = ", whose trust policy must allow sub \(subject) and aud sts.amazonaws.com"
            #expect(cluster.trustNeeded(by: Self.account, of: "aws") == aws)
        }
    }

    @Test("is about a pod with the labels that the clouds of its ServiceAccount require")
    func labels() throws {
        var blue = TrialProvider("blue")
        blue.podLabels = ["blue.example/use": "true"]
        let cluster = Self.cluster([Self.aws, blue], Self.annotations)
        let clouds = cluster.decisions(for: cluster.plainPod(of: Self.account)).filter(\.isWanted).map(\.cloud)
        #expect(clouds == ["aws", "blue"])
        var other = cluster
        other.accounts[Self.account]?.annotations["blue.example/identity"] = nil
        #expect(other.plainPod(of: Self.account) == DryRunPod.plain(Self.account))
    }
}
