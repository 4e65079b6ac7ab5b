import AWSIdentity
import JSON
import KubernetesObjects
import PodIdentity
import TestSupport
import Testing

@testable import Diagnosis

@Suite("A pod with identities of several clouds", .timeLimit(.minutes(5)))
struct CloudExaminationTests {
    private static let role = "arn:aws:iam::111122223333:role/shop"
    private static let blue = TrialProvider("blue")
    private static let plain = #"{"containers":[{"name":"main","image":"x"}]}"#

    private static func annotations(_ more: [String: String] = [:]) -> Annotations {
        var annotations = Annotations(["eks.amazonaws.com/role-arn": role, "blue.example/identity": "id-1"])
        for (key, value) in more { annotations[key] = value }
        return annotations
    }

    /// A pod after the providers.
    private static func pod(_ spec: String, _ providers: [any IdentityProvider]) throws -> JSONTree {
        var pod: JSONTree = .object(["metadata": .object([:]), "spec": try JSONTree(parsing: spec.utf8)])
        pod["spec"]?["serviceAccountName"] = .string("shop")
        return try PureMutation.run(pod, serviceAccount: .known(annotations()), providers: providers).pod
    }

    private func examine(
        _ pod: JSONTree,
        _ providers: [any IdentityProvider],
        _ annotations: Annotations = annotations()
    ) throws -> [String: PodExamination] {
        let all = try JSONParser().parse(pod.bytes) { root in
            CloudExamination.all(
                of: try PodView(root, namespace: "store"),
                DecisionInputs(serviceAccount: .known(annotations)),
                ProviderChain(providers)
            )
        }
        return Dictionary(uniqueKeysWithValues: all.map { ($0.cloud, $0.result) })
    }

    private static let aws = IRSAProvider(settings: AWSSettings())

    @Test("is complete for one cloud and incomplete for another")
    func oneIsMissing() throws {
        let found = try examine(try Self.pod(Self.plain, [Self.aws]), [Self.aws, Self.blue])
        #expect(found["aws"] == .complete(identity: Self.role))
        let defect = ContainerDefect(.missed, ["main"], "BLUE_IDENTITY is not set")
        #expect(found["blue"] == .lacking(.init(identity: "id-1", defects: [defect])))
        let both = try examine(try Self.pod(Self.plain, [Self.aws, Self.blue]), [Self.aws, Self.blue])
        #expect(both == ["aws": .complete(identity: Self.role), "blue": .complete(identity: "id-1")])
    }

    @Test("is denied by one cloud, or undecided for one, whatever the others decide")
    func denied() throws {
        var red = TrialProvider("red")
        red.needsNamespace = true
        let found = try examine(
            try Self.pod(Self.plain, []),
            [red, Self.blue, Self.aws],
            Self.annotations(["blue.example/deny": "on"])
        )
        #expect(
            found["red"] == .undecided(.namespace)
                && found["blue"] == .denied(Denial(.invalidSetting, "blue.example/deny is on"))
        )
        guard case .lacking = found["aws"] else {
            Issue.record("\(found)")
            return
        }
    }

    @Test(
        "is not denied if something is temporarily unavailable or gone",
        arguments: [
            (.serviceAccountUnavailable, .undecided(.serviceAccount)),
            (.configMapUnavailable, .undecided(.configuration)), (.namespaceUnavailable, .undecided(.namespace)),
            (.serverVersionUnavailable, .undecided(.serverVersion)),
            (.serviceAccountNotFound, .leftAlone(.serviceAccountNotFound)),
            (.noIdentity, .denied(Denial(.noIdentity, "no"))),
        ] as [(Reason, PodExamination)]
    )
    func transientDenial(reason: Reason, expected: PodExamination) throws {
        var outcomes: [Decision.Outcome] = [.deny(Denial(reason, "no"))]
        // If a lookup failed, a pod that is left alone for it is undecided too.
        if reason.isUnavailable { outcomes.append(.leaveAlone(reason)) }
        for outcome in outcomes {
            let decision = CloudDecision(
                cloud: "blue",
                auditKeys: AuditKeys(cloud: "blue"),
                decision: Decision(outcome)
            )
            let result = try JSONParser().parse(try Self.pod(Self.plain, []).bytes) { root in
                PodExamination(try PodView(root, namespace: "store"), decision, endedContainers: [])
            }
            #expect(result == expected)
        }
    }

    @Test("may lack a container that one cloud adds, and that other clouds leave alone")
    func helpers() throws {
        var blue = Self.blue
        blue.helper = "setup"
        let whole = try Self.pod(Self.plain, [Self.aws, blue])
        let complete: [String: PodExamination] = [
            "aws": .complete(identity: Self.role), "blue": .complete(identity: "id-1"),
        ]
        // The container has nothing from AWS.
        #expect(whole[path: ["spec", "initContainers"]]?.elements?.first?["env"] == nil)
        #expect(try examine(whole, [Self.aws, blue]) == complete)
        var pod = whole
        pod[path: ["spec", "initContainers"]] = nil
        let found = try examine(pod, [Self.aws, blue])
        #expect(found["aws"] == complete["aws"])
        guard case .lacking(let gap) = found["blue"] else {
            Issue.record("\(found)")
            return
        }
        #expect(gap.defects == [ContainerDefect(.missed, ["setup"], "the pod does not have it")])
    }

    @Test("can have one cloud's identity in only some containers")
    func someContainers() throws {
        var blue = Self.blue
        blue.onlyContainers = ["main"]
        let spec = #"{"containers":[{"name":"main","image":"x"},{"name":"other","image":"x"}]}"#
        #expect(try examine(try Self.pod(spec, [blue]), [blue]) == ["blue": .complete(identity: "id-1")])
        guard case .lacking(let gap) = try examine(try Self.pod(spec, [blue]), [Self.blue])["blue"] else {
            Issue.record("the other container's missing identity was not detected")
            return
        }
        #expect(gap.containers == ["other"])
    }

    @Test("needs the other files of an identity in addition to its token")
    func files() throws {
        var pod = try Self.pod(Self.plain, [Self.blue])
        var mounts = try #require(
            pod[path: ["spec", "containers"]]?.elements?.first?["volumeMounts"]?.elements
        )
        let config = try #require(mounts.firstIndex { $0["name"]?.string == "blue-config" })
        func setMount(_ mount: JSONTree) {
            mounts[config] = mount
            var container = pod[path: ["spec", "containers"]]?.elements?.first ?? .null
            container["volumeMounts"] = .array(mounts)
            pod[path: ["spec", "containers"]] = .array([container])
        }
        // Unlike a token, a file that does not change may be mounted with a `subPath`.
        setMount(
            .object([
                "name": .string("blue-config"), "mountPath": .string("/var/run/blue-config/config.json"),
                "subPath": .string("config.json"),
            ])
        )
        #expect(try examine(pod, [Self.blue]) == ["blue": .complete(identity: "id-1")])
        setMount(.object(["name": .string("own"), "mountPath": .string("/var/run/blue-config")]))
        let volumes = pod[path: ["spec", "volumes"]]?.elements ?? []
        pod[path: ["spec", "volumes"]] = .array(
            volumes + [.object(["name": .string("own"), "emptyDir": .object([:])])]
        )
        guard case .lacking(let gap) = try examine(pod, [Self.blue])["blue"] else {
            Issue.record("the missing file was not detected")
            return
        }
        let text = "another volume is mounted at /var/run/blue-config, without the file config.json: own"
        #expect(gap.defects == [ContainerDefect(.mountConflict, ["main"], text)])
    }
}
