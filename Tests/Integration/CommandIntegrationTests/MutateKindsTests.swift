import FoundationEssentials
import JSON
import Kubernetes
import TestPrograms
import Testing

@Suite("mutate takes every kind with a pod", .serialized, .timeLimit(.minutes(2)))
struct MutateKindsTests {
    private static let role = "arn:aws:iam::012345678901:role/shop"
    private static let template = ["spec", "template"]

    private static let table: [(apiVersion: String, kind: String, path: [String])] = [
        ("v1", "Pod", []), ("apps/v1", "Deployment", template), ("apps/v1", "StatefulSet", template),
        ("apps/v1", "DaemonSet", template), ("apps/v1", "ReplicaSet", template), ("batch/v1", "Job", template),
        ("v1", "ReplicationController", template), ("v1", "PodTemplate", ["template"]),
        ("batch/v1", "CronJob", ["spec", "jobTemplate", "spec", "template"]),
    ]

    /// With a field that nobody knows beside the pod.
    private func manifest(_ apiVersion: String, _ kind: String, _ path: [String]) -> JSONTree {
        let spec = JSONTree.object([
            "serviceAccountName": .string("shop"), "containers": .array([.object(["name": .string("main")])]),
        ])
        var tree = JSONTree.object(["metadata": .object(["labels": .object([:])]), "spec": spec])
        for name in path.reversed() { tree = .object([name: tree, "unknown": .literal("1.0")]) }
        let metadata = JSONTree.object(["name": .string("x"), "namespace": .string("store")])
        var root = JSONTree.object(["apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": metadata])
        for member in tree.members ?? [] where root[member.key.value] == nil { root[member.key.value] = member.value }
        return root
    }

    @Test("by the place where it has it", arguments: table)
    func kinds(apiVersion: String, kind: String, path: [String]) async throws {
        let command = try MutateCommand()
        let before = manifest(apiVersion, kind, path)
        let accounts = try command.serviceAccount()
        let output = try await command.run(
            ["-f", "-", "-o", "json", "--annotate-pods=false", "--service-accounts", accounts],
            input: before.pretty
        )
        #expect(output.status == 0)
        #expect(output.errorText == "\(kind) store/x (ServiceAccount store/shop): injected: \(Self.role)\n")
        let after = try JSONTree(parsing: output.standardOutput)
        #expect(after.roles(ofPodAt: path) == [Self.role])

        var rest = after
        rest[path: path + ["spec"]] = before[path: path + ["spec"]]
        #expect(rest == before)
        let again = try await command.text(
            after.pretty,
            ["-o", "patch", "--annotate-pods=false", "--service-accounts", accounts]
        )
        #expect(again == "[]\n")
    }

    @Test(
        "but not kinds that only have such a name",
        arguments: [
            ("example.com/v1", "Deployment"), ("v1", "Job"), ("serving.knative.dev/v1", "Pod"), ("apps/v1", "Pod"),
        ]
    )
    func foreignKinds(apiVersion: String, kind: String) async throws {
        let command = try MutateCommand()
        let before = manifest(apiVersion, kind, kind == "Pod" ? [] : Self.template)
        let accounts = try command.serviceAccount()
        let output = try await command.run(
            ["-f", "-", "-o", "json", "--annotate-pods=false", "--service-accounts", accounts],
            input: before.pretty
        )
        #expect(output.text == before.pretty + "\n" && output.errorText == "" && output.status == 0)
    }

    @Test(
        "in lists, also where the items do not say what they are",
        arguments: [
            ("v1", "List", true), ("v1", "PodList", true), ("v1", "PodList", false),
            ("apps/v1", "DeploymentList", false),
        ]
    )
    func lists(apiVersion: String, kind: String, saysKind: Bool) async throws {
        let command = try MutateCommand()
        let isDeployment = kind == "DeploymentList"
        var item = manifest(
            isDeployment ? "apps/v1" : "v1",
            isDeployment ? "Deployment" : "Pod",
            isDeployment ? Self.template : []
        )
        if !saysKind { (item["kind"], item["apiVersion"]) = (nil, nil) }
        let other = JSONTree.object(["kind": .string("ConfigMap"), "data": .object(["a": .string("b")])])
        let list = JSONTree.object([
            "apiVersion": .string(apiVersion), "kind": .string(kind), "items": .array([other, item, item]),
        ])
        let after = try await command.json(list.pretty, ["--service-accounts", command.serviceAccount()])
        #expect(after["items"]?[0] == other)
        for index in 1...2 {
            #expect(after["items"]?[index]?.roles(ofPodAt: isDeployment ? Self.template : []) == [Self.role])
        }
        #expect(after["items"]?[1]?["kind"] == item["kind"])
    }

    @Test("and documents among others, which come out as they went in")
    func documents() async throws {
        let command = try MutateCommand()
        let config =
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  key: \"true\"\n  text: |\n    a\n    b\n"
        let text = try await command.text(
            [config, MutateCommand.serviceAccount("shop"), MutateCommand.pod, config].joined(separator: "---\n"),
            ["--annotate-pods=false"]
        )
        let documents = text.components(separatedBy: "---\n")
        #expect(documents.count == 4)
        #expect(documents.first == config && documents.last == config)
        #expect(documents[1] == MutateCommand.serviceAccount("shop"))
        let pod = try Manifests.parse(Array(documents[2].utf8), file: "pod").first?.tree
        #expect(pod?.roles() == [Self.role])
        #expect(documents[2].hasPrefix(MutateCommand.pod))
    }
}
