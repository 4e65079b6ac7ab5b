import AWSIdentity
import JSON
import Kubernetes
import PodIdentity
import TestSupport
import Testing

@testable import Diagnosis
@testable import KubernetesObjects

@Suite("The reason why a pod lacks its identity", .timeLimit(.minutes(5)))
struct PodDiagnosisTests {
    private static let account = NamespacedName(namespace: "store", name: "shop")

    private static func cluster(
        registration: String = #"{"failurePolicy":"Ignore","reinvocationPolicy":"IfNeeded"}"#,
        isRegistered: Bool = true
    ) throws -> ClusterView {
        var cluster = ClusterView(providers: ProviderChain([IRSAProvider(settings: .namespaceRoles)]))
        if isRegistered { cluster.registration = try Self.registration([registration]) }
        cluster.accounts[account] = ClusterView.Account(
            annotations: Annotations(["eks.amazonaws.com/role-arn": "r"]),
            creation: Timestamp("2026-01-01T00:00:00Z"),
            annotated: Timestamp("2026-01-03T00:00:00Z")
        )
        cluster.namespaces["store"] = ClusterView.Namespace(labels: ["team": "a"])
        return cluster
    }

    /// - Parameter webhooks: The webhooks' members other than name and rules.
    private static func registration(_ webhooks: [String]) throws -> MutatingWebhookConfiguration {
        let rules = #"[{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"]}]"#
        let list = webhooks.map { #"{"name":"w.test","rules":\#(rules),\#($0.dropFirst())"# }.joined(separator: ",")
        let metadata = #"{"name":"w","creationTimestamp":"2026-01-02T00:00:00Z"}"#
        return try JSONParser().parse(Array(#"{"metadata":\#(metadata),"webhooks":[\#(list)]}"#.utf8)) {
            MutatingWebhookConfiguration(ObjectView($0))
        }
    }

    private static let deployment = Workload(
        namespace: "store",
        owners: [.init(group: "apps", kind: "Deployment", name: "web")]
    )

    private static func gap(_ kind: ContainerDefect.Kind, _ text: String, wasSeen: Bool = false) -> PodExamination.Gap {
        .init(identity: "r", defects: [.init(kind, ["main"], text)], wasSeen: wasSeen)
    }

    private func finding(
        _ cluster: ClusterView,
        created: String,
        gap: PodExamination.Gap = gap(.missed, "V is not set"),
        labels: [String: String] = [:],
        workload: Workload = deployment
    ) throws -> Finding {
        let pod = PodFacts(
            namespace: "store",
            name: "p",
            creation: Timestamp(created),
            labels: labels,
            workload: workload
        )
        let findings = PodDiagnosis(cluster: cluster).findings(pod, gap, Self.account)
        #expect(findings.count == 1)
        return try #require(findings.first)
    }

    @Test(
        "depends on when it was created",
        arguments: [
            ("2025-12-31T00:00:00Z", .olderThanRole, "before its ServiceAccount shop (2026-01-01T00:00:00Z)"),
            ("2026-01-02T12:00:00Z", .olderThanRole, "before its ServiceAccount shop got the role"),
            ("2026-01-03T00:00:00Z", .webhookDidNotAnswer, "failurePolicy is Ignore"),
            ("2026-01-04T00:00:00Z", .webhookDidNotAnswer, "did not answer when it was created"),
        ] as [(String, Finding.Code, String)]
    )
    func times(created: String, code: Finding.Code, words: String) throws {
        let finding = try finding(try Self.cluster(), created: created)
        #expect(finding.status == .problem && finding.code == code)
        #expect(finding.message.hasPrefix("container main without r (V is not set): "))
        #expect(finding.message.contains(words))
        #expect(finding.remedy == "kubectl -n store rollout restart deployment/web")
        #expect(finding.pod?.workload == Self.deployment && !(finding.pod?.cause.contains("2025") ?? true))
    }

    @Test(
        "is one of two if the time at which the ServiceAccount got its role is not recorded",
        arguments: [
            (#"{"failurePolicy":"Ignore"}"#, "the webhook did not answer then (failurePolicy is Ignore)"),
            (#"{"failurePolicy":"Fail"}"#, "the webhook did not know the role then"),
        ]
    )
    func unknownTime(registration: String, words: String) throws {
        var cluster = try Self.cluster(registration: registration)
        cluster.accounts[Self.account]?.annotated = nil
        let found = try finding(cluster, created: "2026-01-04T00:00:00Z")
        #expect(found.code == .webhookDidNotAnswer)
        let expected =
            "it was created before its ServiceAccount shop got the role, whose time is not recorded, or \(words)"
        #expect(found.message == "container main without r (V is not set): \(expected)")
    }

    @Test("can be that it has another identity")
    func otherIdentity() throws {
        let gap = Self.gap(.otherIdentity, "V is \"old\" instead of \"r\"", wasSeen: true)
        let changed = try finding(try Self.cluster(), created: "2026-01-02T12:00:00Z", gap: gap)
        #expect(changed.status == .problem && changed.code == .otherIdentity)
        let start = "container main without r (V is \"old\" instead of \"r\"): "
        let time = "before its ServiceAccount shop was changed (2026-01-03T00:00:00Z)"
        #expect(changed.message.hasPrefix(start) && changed.message.hasSuffix(time))
        let copied = try finding(
            try Self.cluster(),
            created: "2026-01-04T00:00:00Z",
            gap: gap,
            workload: Workload(namespace: "store", owners: [])
        )
        #expect(copied.message.hasSuffix("or it is a copy of a pod with that role, such as from a backup"))
        #expect(
            copied.note?.hasPrefix(
                "in that file, remove the variables and the annotation of the other role, then:"
            ) ?? false
        )
    }

    @Test(
        "can be a setting of its owner, who has to change it",
        arguments: [
            (.mountConflict, .problem, .mountConflict, "edit deployment/web\nmount that volume elsewhere"),
            (.unreachable, .problem, .tokenUnreachable, "edit deployment/web\nremove the variables from"),
            (
                .overridden, .warning, .ownCredentials,
                "eks.amazonaws.com/acknowledge-warnings=main\nif this is intended"
            ),
            (.ownIdentity, .warning, .ownCredentials, "annotate serviceaccount shop eks.amazonaws.com/acknowledge-w"),
            (.ephemeral, .warning, .containersWithoutIdentity, "kubectl -n store debug p -it"),
        ] as [(ContainerDefect.Kind, Finding.Status, Finding.Code, String)]
    )
    func ownSettings(
        kind: ContainerDefect.Kind,
        status: Finding.Status,
        code: Finding.Code,
        remedy: String
    ) throws {
        let found = try finding(try Self.cluster(), created: "2026-01-04T00:00:00Z", gap: Self.gap(kind, "words"))
        #expect(found.status == status && found.code == code && found.message.contains("words"), "\(found)")
        #expect("\(found.remedy ?? "")\n\(found.note ?? "")".contains(remedy), "\(found)")
    }

    @Test("is given for each way in which containers lack it, with all differences")
    func severalDefects() throws {
        let gap = PodExamination.Gap(
            identity: "r",
            defects: [
                .init(.overridden, ["a"], "its own X is used"), .init(.missed, ["b", "c"], "V is not set"),
                .init(.mountConflict, ["d"], "another volume at /d"),
                .init(.mountConflict, ["e"], "another volume at /e"),
            ]
        )
        let pod = PodFacts(namespace: "store", name: "p", workload: Self.deployment)
        let findings = PodDiagnosis(cluster: try Self.cluster()).findings(pod, gap, Self.account)
        #expect(findings.map(\.code) == [.webhookDidNotAnswer, .mountConflict, .ownCredentials])
        #expect(findings.first?.message.hasPrefix("containers b, c without r (V is not set): ") ?? false)
        #expect(
            findings.dropFirst().first?.message.hasPrefix(
                "without r: container d: another volume at /d; container e: another volume at /e: "
            ) ?? false
        )
        #expect(findings.last?.message == "container a: its own X is used")
    }

    @Test("is described in a limited length")
    func bounds() throws {
        let names = (1...7).map { "c\($0)" }
        let defects = names.map { ContainerDefect(.mountConflict, names, "another volume at /\($0)") }
        let gap = PodExamination.Gap(identity: "r", defects: defects)
        let message = try finding(try Self.cluster(), created: "2026-01-04T00:00:00Z", gap: gap).message
        #expect(
            message.contains("containers c1, c2, c3, c4, c5 and 2 more: another volume at /c5; and 2 other defects")
        )
        #expect(!message.contains("/c6"))
    }

    @Test("can be an impossible role, which is a problem of the ServiceAccount too")
    func malformedRole() throws {
        var cluster = try Self.cluster()
        cluster.accounts[Self.account]?.annotations = Annotations(["eks.amazonaws.com/role-arn": "shop"])
        let gap = PodExamination.Gap(identity: "shop", defects: [], malformation: "it is no ARN")
        let found = try finding(cluster, created: "2026-01-04T00:00:00Z", gap: gap)
        #expect(found.status == .problem && found.code == .malformedRole)
        #expect(found.message == "its containers have no identity: it is no ARN, so there can be no such role")
        #expect(found.remedy?.hasPrefix("kubectl -n store edit serviceaccount shop") ?? false)
        let account = try #require(cluster.malformedIdentities(of: Self.account).first)
        #expect(account.status == .problem && account.check == .serviceAccounts && account.subject == "store/shop")
        #expect(account.message.contains("the role must have the form arn:PARTITION:iam::ACCOUNT:role/NAME: \"shop\""))
        cluster.accounts[Self.account]?.annotations["eks.amazonaws.com/role-arn"] =
            "arn:aws:iam::111122223333:role/shop"
        #expect(cluster.malformedIdentities(of: Self.account) == [])
    }

    @Test("can be its role, which must allow the claims of its token")
    func claims() throws {
        var cluster = try Self.cluster()
        let claims = "sub system:serviceaccount:store:shop and aud"
        #expect(cluster.trustNeeded(by: Self.account) == ", whose trust policy must allow \(claims) sts.amazonaws.com")
        cluster.accounts[Self.account]?.annotations["eks.amazonaws.com/audience"] = "own"
        #expect(cluster.trustNeeded(by: Self.account) == ", whose trust policy must allow \(claims) own")
        #expect(cluster.trustNeeded(by: NamespacedName(namespace: "store", name: "none")) == "")
    }

    @Test("can be that it is older than the registration, or that there is none")
    func registration() throws {
        var cluster = try Self.cluster()
        cluster.accounts[Self.account]?.annotated = nil
        #expect(try finding(cluster, created: "2026-01-01T12:00:00Z").code == .olderThanRegistration)
        #expect(
            try finding(try Self.cluster(isRegistered: false), created: "2026-01-04T00:00:00Z").code == .notRegistered
        )
    }

    @Test("is not the registration if that cannot be read")
    func unreadRegistration() throws {
        var cluster = try Self.cluster(isRegistered: false)
        cluster.isRegistrationKnown = false
        let unknown = try finding(cluster, created: "2026-01-04T00:00:00Z")
        #expect(
            unknown.code == .webhookDidNotAnswer && unknown.message.hasSuffix("is unknown without the registration")
        )
        #expect(try finding(cluster, created: "2025-12-31T00:00:00Z").code == .olderThanRole)
    }

    @Test("can be that its Namespace got the role later, if Namespaces count")
    func namespaceRole() throws {
        var cluster = try Self.cluster()
        cluster.accounts[Self.account]?.annotations = Annotations(["eks.amazonaws.com/audience": "a"])
        cluster.namespaces["store"]?.annotations = Annotations(["eks.amazonaws.com/role-arn": "r"])
        cluster.namespaces["store"]?.annotated = Timestamp("2026-01-05T00:00:00Z")
        #expect(try finding(cluster, created: "2026-01-04T00:00:00Z").code == .webhookDidNotAnswer)
        cluster.readsNamespaces = true
        let found = try finding(cluster, created: "2026-01-04T00:00:00Z")
        #expect(found.code == .olderThanRole)
        #expect(found.message.hasSuffix("before its Namespace got the role (2026-01-05T00:00:00Z)"))
        #expect(try finding(cluster, created: "2026-01-06T00:00:00Z").code == .webhookDidNotAnswer)
    }

    @Test(
        "is not given for a pod that cannot be checked, which is reported",
        arguments: [
            (#"{"serviceAccountName":"plain"}"#, "its Namespace, which may give"),
            (#"{"serviceAccountName":"plain","containers":{}}"#, "the pod's spec.containers must be an array"),
        ]
    )
    func undecided(spec: String, words: String) throws {
        var cluster = try Self.cluster()
        cluster.readsNamespaces = true
        cluster.namespaces = [:]
        cluster.accounts[NamespacedName(namespace: "store", name: "plain")] = .init(annotations: Annotations())
        let json = #"{"metadata":{"namespace":"store","name":"p"},"spec":\#(spec)}"#
        for isDetailed in [true, false] {
            var tally = PodDiagnosis.Tally()
            try JSONParser().parse(Array(json.utf8)) {
                PodDiagnosis(cluster: cluster).add(ObjectView($0), to: &tally, isDetailed: isDetailed)
            }
            #expect(tally.undecided == 1 && tally.findings.map(\.code) == (isDetailed ? [.podUndecided] : []))
            #expect(tally.findings.allSatisfy { $0.status == .unknown && $0.message.contains(words) })
        }
    }

    @Test("can be that the registration excludes it")
    func selectors() throws {
        let namespace = #"{"namespaceSelector":{"matchLabels":{"team":"b"}}}"#
        let excluded = try finding(try Self.cluster(registration: namespace), created: "2026-01-04T00:00:00Z")
        #expect(excluded.code == .namespaceExcluded && excluded.status == .problem)
        #expect(excluded.note?.contains("team=b") == true)
        let skip = #"{"matchExpressions":[{"key":"skip","operator":"DoesNotExist"}]}"#
        let cluster = try Self.cluster(registration: #"{"objectSelector":\#(skip)}"#)
        let left = try finding(cluster, created: "2026-01-04T00:00:00Z", labels: ["skip": ""])
        #expect(left.code == .objectExcluded && left.status == .ok)
        #expect(try finding(cluster, created: "2026-01-04T00:00:00Z").code == .webhookDidNotAnswer)
    }

    @Test("can be that a container was added later")
    func laterContainers() throws {
        let gap = Self.gap(.missed, "V is not set", wasSeen: true)
        let found = try finding(try Self.cluster(), created: "2025-12-31T00:00:00Z", gap: gap)
        #expect(found.code == .containersWithoutIdentity && !found.message.contains("Never"))
        let never = try finding(try Self.cluster(registration: #"{"x":1}"#), created: "2026-01-04T00:00:00Z", gap: gap)
        #expect(never.message.contains("reinvocationPolicy is Never"))
    }

    @Test("is not that the webhook did not respond if pods are refused without it")
    func strict() throws {
        var cluster = try Self.cluster()
        let strict = #"{"failurePolicy":"Fail","namespaceSelector":{"matchLabels":{"strict":"yes"}}}"#
        cluster.registration = try Self.registration([#"{"failurePolicy":"Ignore"}"#, strict])
        for (labels, words) in [(["team": "a"], "did not answer"), (["strict": "yes"], "did not know the role")] {
            cluster.namespaces["store"]?.labels = labels
            #expect(try finding(cluster, created: "2026-01-04T00:00:00Z").message.contains(words))
        }
    }
}
