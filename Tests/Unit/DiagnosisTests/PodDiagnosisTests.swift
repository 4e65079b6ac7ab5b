import AWSIdentity
import JSON
import Kubernetes
import PodIdentity
import Testing

@testable import Diagnosis
@testable import KubernetesObjects

@Suite("Why a pod is without its identity", .timeLimit(.minutes(5)))
struct PodDiagnosisTests {
    private static let account = NamespacedName(namespace: "store", name: "shop")

    private static func cluster(
        registration: String = #"{"failurePolicy":"Ignore","reinvocationPolicy":"IfNeeded"}"#,
        isRegistered: Bool = true
    ) throws -> ClusterView {
        var cluster = ClusterView(providers: ProviderChain([IRSAProvider(settings: AWSSettings())]))
        let json = """
            {"metadata":{"name":"w","creationTimestamp":"2026-01-02T00:00:00Z"},"webhooks":[{"name":"w.test",\
            "rules":[{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"]}],\
            \(registration.dropFirst())]}
            """
        if isRegistered {
            cluster.registration = try JSONParser().parse(Array(json.utf8)) {
                MutatingWebhookConfiguration(ObjectView($0))
            }
        }
        cluster.accounts[account] = ClusterView.Account(
            annotations: Annotations(["eks.amazonaws.com/role-arn": "r"]),
            creation: Timestamp("2026-01-01T00:00:00Z"),
            annotated: Timestamp("2026-01-03T00:00:00Z")
        )
        cluster.namespaces["store"] = ClusterView.Namespace(labels: ["team": "a"])
        return cluster
    }

    private func finding(
        _ cluster: ClusterView,
        created: String,
        hasVolume: Bool = false,
        labels: [String: String] = [:]
    ) -> Finding {
        let pod = PodFacts(namespace: "store", name: "p", creation: Timestamp(created), labels: labels)
        let gap = PodExamination.Gap(identity: "r", containers: ["main"], hasVolume: hasVolume)
        return PodDiagnosis(cluster: cluster).finding(pod, gap, Self.account)
    }

    @Test(
        "follows from when it was created",
        arguments: [
            ("2025-12-31T00:00:00Z", .olderThanRole, "before its ServiceAccount shop (2026-01-01T00:00:00Z)"),
            ("2026-01-02T12:00:00Z", .olderThanRole, "before its ServiceAccount shop got the role"),
            ("2026-01-03T00:00:00Z", .webhookDidNotAnswer, "failurePolicy is Ignore"),
            ("2026-01-04T00:00:00Z", .webhookDidNotAnswer, "did not answer when it was created"),
        ] as [(String, Finding.Code, String)]
    )
    func times(created: String, code: Finding.Code, words: String) throws {
        let finding = finding(try Self.cluster(), created: created)
        #expect(finding.status == .problem && finding.code == code)
        #expect(finding.message.hasPrefix("container main without r: ") && finding.message.contains(words))
        #expect(finding.remedy == "kubectl -n store delete pod/p  # and create it again")
    }

    @Test("may be that it is older than the registration, or that there is none")
    func registration() throws {
        var cluster = try Self.cluster()
        cluster.accounts[Self.account]?.annotated = nil
        #expect(finding(cluster, created: "2026-01-01T12:00:00Z").code == .olderThanRegistration)
        #expect(finding(try Self.cluster(isRegistered: false), created: "2026-01-04T00:00:00Z").code == .notRegistered)
    }

    @Test("is not the registration where that may not be read")
    func unreadRegistration() throws {
        var cluster = try Self.cluster(isRegistered: false)
        cluster.isRegistrationKnown = false
        let unknown = finding(cluster, created: "2026-01-04T00:00:00Z")
        #expect(
            unknown.code == .webhookDidNotAnswer && unknown.message.hasSuffix("cannot be told without the registration")
        )
        #expect(finding(cluster, created: "2025-12-31T00:00:00Z").code == .olderThanRole)
    }

    @Test("may be that its Namespace got the role later, where that counts")
    func namespaceRole() throws {
        var cluster = try Self.cluster()
        cluster.accounts[Self.account]?.annotations = Annotations(["eks.amazonaws.com/audience": "a"])
        cluster.namespaces["store"]?.annotations = Annotations(["eks.amazonaws.com/role-arn": "r"])
        cluster.namespaces["store"]?.annotated = Timestamp("2026-01-05T00:00:00Z")
        #expect(finding(cluster, created: "2026-01-04T00:00:00Z").code == .webhookDidNotAnswer)
        cluster.readsNamespaces = true
        let found = finding(cluster, created: "2026-01-04T00:00:00Z")
        #expect(found.code == .olderThanRole)
        #expect(found.message.hasSuffix("before its Namespace got the role (2026-01-05T00:00:00Z)"))
        #expect(finding(cluster, created: "2026-01-06T00:00:00Z").code == .webhookDidNotAnswer)
    }

    @Test(
        "cannot be told of a pod that cannot be judged, and that is said",
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
            try JSONParser().parse(Array(json.utf8)) { pod in
                PodDiagnosis(cluster: cluster).add(ObjectView(pod), to: &tally, isDetailed: isDetailed)
            }
            #expect(tally.undecided == 1 && tally.findings.map(\.code) == (isDetailed ? [.podUndecided] : []))
            #expect(tally.findings.allSatisfy { $0.status == .unknown && $0.message.contains(words) })
        }
    }

    @Test("may be that the registration leaves it out")
    func selectors() throws {
        let namespace = #"{"namespaceSelector":{"matchLabels":{"team":"b"}}}"#
        let excluded = finding(try Self.cluster(registration: namespace), created: "2026-01-04T00:00:00Z")
        #expect(excluded.code == .namespaceExcluded && excluded.status == .problem)
        #expect(excluded.remedy?.contains("team=b") ?? false)
        let object = #"{"objectSelector":{"matchExpressions":[{"key":"skip","operator":"DoesNotExist"}]}}"#
        let cluster = try Self.cluster(registration: object)
        let left = finding(cluster, created: "2026-01-04T00:00:00Z", labels: ["skip": ""])
        #expect(left.code == .objectExcluded && left.status == .ok)
        #expect(finding(cluster, created: "2026-01-04T00:00:00Z").code == .webhookDidNotAnswer)
    }

    @Test("may be that a container came later")
    func laterContainers() throws {
        let found = finding(try Self.cluster(), created: "2025-12-31T00:00:00Z", hasVolume: true)
        #expect(found.code == .containersWithoutIdentity && !found.message.contains("Never"))
        let never = finding(
            try Self.cluster(registration: "{\"x\":1}"),
            created: "2026-01-04T00:00:00Z",
            hasVolume: true
        )
        #expect(never.message.contains("reinvocationPolicy is Never"))
    }

    @Test(
        "is mended through its controller",
        arguments: [
            ("ReplicaSet", "web-5c8d", ["pod-template-hash": "5c8d"], "rollout restart deployment/web"),
            ("ReplicaSet", "web-5c8d", [:], "delete pod/p  # its ReplicaSet web-5c8d makes another"),
            ("StatefulSet", "db", [:], "rollout restart statefulset/db"),
            ("DaemonSet", "agent", [:], "rollout restart daemonset/agent"),
            ("Job", "report", [:], "delete job/report  # and create it again; a CronJob's next Job is right by itself"),
            ("Rollout", "web", [:], "delete pod/p  # its Rollout web makes another"),
        ]
    )
    func remedies(kind: String, name: String, labels: [String: String], command: String) {
        let pod = PodFacts(namespace: "ns", name: "p", labels: labels, controller: .init(kind: kind, name: name))
        #expect(pod.replaceCommand == "kubectl -n ns \(command)")
    }
}
