import FoundationEssentials
import JSON
import Kubernetes
import TestPrograms
import Testing

@Suite("mutate changes pods in objects of every kind,", .serialized, .timeLimit(.minutes(2)))
struct MutateKindsTests {
    private static let role = "arn:aws:iam::012345678901:role/shop"
    private static let template = ["spec", "template"]

    private static let table: [(apiVersion: String, kind: String, path: [String])] = [
        ("v1", "Pod", []), ("apps/v1", "Deployment", template), ("apps/v1", "StatefulSet", template),
        ("apps/v1", "DaemonSet", template), ("apps/v1", "ReplicaSet", template), ("batch/v1", "Job", template),
        ("v1", "ReplicationController", template), ("v1", "PodTemplate", ["template"]),
        ("batch/v1", "CronJob", ["spec", "jobTemplate", "spec", "template"]),
    ]

    /// The manifest of an object with an unknown field next to the pod.
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

    @Test("at the path that the kind defines", arguments: table)
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
        let again = try await command.patches(
            after.pretty,
            ["--annotate-pods=false", "--service-accounts", accounts]
        )
        #expect(again.map { $0["reason"] } == [.string("already_injected")])
        #expect(again.map { $0["patch"] } == [.array([])])
    }

    private static let foreign: [(apiVersion: String, kind: String, path: [String])] = [
        ("example.com/v1", "Deployment", template), ("v1", "Job", template), ("apps/v1", "Pod", []),
        ("argoproj.io/v1alpha1", "Rollout", template), ("serving.knative.dev/v1", "Service", template),
        ("apps.openshift.io/v1", "DeploymentConfig", template),
        ("example.com/v1", "ScheduledThing", ["spec", "jobTemplate", "spec", "template"]),
        ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", ["spec", "leaderWorkerTemplate", "workerTemplate"]),
        ("kubeflow.org/v1", "PyTorchJob", ["spec", "pytorchReplicaSpecs", "Worker", "template"]),
        ("example.com/v1", "PodTemplate", ["template"]),
    ]

    @Test("which it recognises by their shape if it does not know the kind or its group", arguments: foreign)
    func foreignKinds(apiVersion: String, kind: String, path: [String]) async throws {
        let command = try MutateCommand()
        let before = manifest(apiVersion, kind, path)
        let accounts = try command.serviceAccount()
        let output = try await command.run(
            ["-f", "-", "-o", "json", "--annotate-pods=false", "--service-accounts", accounts],
            input: before.pretty
        )
        #expect(output.errorText == "\(kind) store/x (ServiceAccount store/shop): injected: \(Self.role)\n")
        #expect(try JSONTree(parsing: output.standardOutput).roles(ofPodAt: path) == [Self.role])
        #expect(output.status == 0)
    }

    @Test("including several pods in one object, and pods in nested objects")
    func severalPods() async throws {
        let command = try MutateCommand()
        let job = """
            apiVersion: jobset.x-k8s.io/v1alpha2
            kind: JobSet
            metadata: {name: set, namespace: store}
            spec:
              replicatedJobs:
              - template: {spec: {template: {spec: {serviceAccountName: shop, containers: [{name: a}]}}}}
              - template: {spec: {template: {spec: {serviceAccountName: none, containers: [{name: b}]}}}}
            ---
            apiVersion: template.openshift.io/v1
            kind: Template
            metadata: {name: t, namespace: store}
            objects:
            - apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec: {template: {spec: {serviceAccountName: shop, containers: [{name: c}]}}}
            - {apiVersion: v1, kind: Service, metadata: {name: web}}

            """
        let output = try await command.run(
            ["-f", "-", "-o", "json", "--service-accounts", command.serviceAccount()],
            input: job
        )
        let place = "/spec/replicatedJobs"
        #expect(
            output.errorText == """
                JobSet store/set at \(place)/0/template/spec/template (ServiceAccount store/shop): injected: \(Self.role)
                JobSet store/set at \(place)/1/template/spec/template (ServiceAccount store/none): service_account_not_found
                  hint: the ServiceAccount store/none is not in the input; pass its file with --service-accounts
                Deployment store/web (ServiceAccount store/shop): injected: \(Self.role)

                """
        )
        let items = try JSONTree(parsing: output.standardOutput)["items"]
        let jobs = items?[0]?[path: ["spec", "replicatedJobs"]]
        #expect(jobs?[0]?.roles(ofPodAt: ["template", "spec", "template"]) == [Self.role])
        #expect(jobs?[1]?.roles(ofPodAt: ["template", "spec", "template"]) == [nil])
        #expect(items?[1]?["objects"]?[0]?.roles(ofPodAt: Self.template) == [Self.role])
    }

    @Test(
        "but nothing that only looks like a pod, and names every object without one",
        arguments: [
            ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n", "ConfigMap c"),
            ("apiVersion: v1\nkind: Service\nmetadata: {name: c, namespace: ns}\n", "Service ns/c"),
            (
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {generateName: d-}\nspec: {replicas: 1}\n",
                "Deployment d-"
            ),
            // Partial containers that others merge (prometheus-operator), and patterns (Kyverno)
            ("kind: Prometheus\nspec: {containers: [{name: prometheus}]}\n", "Prometheus"),
            (
                "kind: ClusterPolicy\nspec: {patch: {template: {spec: {containers: [{(name): '*'}]}}}}\n",
                "ClusterPolicy"
            ),
            ("kind: PodSource\nspec: {template: {spec: {containers: []}}}\n", "PodSource"),
            ("kind: Event\ninvolvedObject: {apiVersion: v1, kind: Pod, name: p}\n", "Event"),
            ("kind: X\nstatus: {template: {spec: {containers: [{name: c}]}}}\n", "X"),
            ("kind: List\napiVersion: v1\nitems: []\n", "List"), ("a: b\n", "an object without a kind"),
        ]
    )
    func withoutPods(manifest: String, name: String) async throws {
        let output = try await MutateCommand().run(["-f", "-"], input: manifest)
        #expect(
            output.errorText
                == "\(name): no pod in it\nError: no pod or pod template in standard input\n"
        )
        #expect(output.status == 1 && output.text != "")
    }

    @Test("but reports why it leaves a malformed template of an unknown kind alone")
    func malformedShape() async throws {
        let manifest = "kind: X\nmetadata: {name: x}\nspec: {template: {spec: {containers: [{name: c, env: none}]}}}\n"
        let output = try await MutateCommand().run(["-f", "-", "-o", "json"], input: manifest)
        #expect(
            output.errorText.hasPrefix(
                "X default/x: no pod in it: what looks like one at /spec/template is malformed: "
            )
        )
        #expect(output.errorText.contains("env") && output.status == 1)
    }

    @Test(
        "in lists, even if the items do not name their type",
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

    @Test("and leaves the other documents unchanged")
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
