import JSON
import Kubernetes
import TestPrograms
import TestSupport
import Testing

@Suite("mutate writes", .serialized, .timeLimit(.minutes(2)))
struct MutateOutputTests {
    @Test("the pod as YAML or JSON, or only the patch, with the same result")
    func formats() async throws {
        let command = try MutateCommand()
        let accounts = ["--service-accounts", try command.serviceAccount()]
        let before = try #require(try Manifests.parse(Array(MutateCommand.pod.utf8), file: "pod").first).tree
        let yaml = try await command.text(MutateCommand.pod, accounts)
        #expect(try await command.text(MutateCommand.pod, accounts + ["-o", "yaml"]) == yaml)
        #expect(try await command.text(MutateCommand.pod, accounts + ["--output=yaml"]) == yaml)
        let json = try await command.json(MutateCommand.pod, accounts)
        #expect(try Manifests.parse(Array(yaml.utf8), file: "yaml").first?.tree == json)
        let line = try JSONTree(parsing: try await command.text(MutateCommand.pod, accounts + ["-opatch"]).utf8)
        let patch = try #require(line["patch"])
        #expect(
            patch.elements?.map { $0["path"]?.string } == [
                "/spec/containers/0/env", "/spec/containers/0/volumeMounts", "/spec/volumes",
                "/metadata/annotations",
            ]
        )
        #expect(try before.applying(patch: patch) == json)
    }

    @Test("each pod's patch on its own line with the pod's name, and it fits the object of that name")
    func patchOfList() async throws {
        let command = try MutateCommand()
        let deployment =
            #"{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"namespace":"store","name":"web"},"#
            + #""spec":{"template":{"spec":{"serviceAccountName":"shop","containers":[{"name":"a","env":[]}]}}}}"#
        let list = #"{"kind":"List","apiVersion":"v1","items":[{},\#(deployment)]}"#
        let accounts = ["--service-accounts", try command.serviceAccount()]
        let lines = try await command.patches(list + MutateCommand.pod(named: "bare", account: "none"), accounts)
        #expect(lines.count == 2)
        let expected: KeyValuePairs<String, String> = [
            "apiVersion": "apps/v1", "kind": "Deployment", "namespace": "store", "name": "web",
            "path": "/spec/template",
            "serviceAccount": "shop", "reason": "injected", "identity": "arn:aws:iam::012345678901:role/shop",
        ]
        for (key, value) in expected { #expect(lines[0][key] == .string(value)) }
        #expect(lines[0].members?.map(\.key.value) == expected.map(\.key) + ["patch"])
        #expect(lines[1]["name"] == .string("bare") && lines[1]["reason"] == .string("service_account_not_found"))
        #expect(lines[1]["patch"] == .array([]) && lines[1]["path"] == .string(""))

        let patch = try #require(lines[0]["patch"])
        let after = try await command.json(list, accounts)
        #expect(after["items"]?[1] == (try JSONTree(parsing: deployment.utf8).applying(patch: patch)))
        #expect(after["items"]?[1]?.roles(ofPodAt: ["spec", "template"]) == ["arn:aws:iam::012345678901:role/shop"])
    }

    @Test("unknown fields, numbers, escapes and order unchanged")
    func lexemes() async throws {
        let command = try MutateCommand()
        let before =
            #"{"unknown":{"b":1.0,"a":[1e3,-0.0,18446744073709551615,"\u00e9\/"]},"kind":"Pod","apiVersion":"v1","#
            + #""spec":{"containers":[{"future":1.50,"name":"c","env":null}],"x":{},"serviceAccountName":"shop"},"#
            + #""metadata":{"namespace":"store","labels":null}}"#
        let after = try await command.json(before, ["--service-accounts", command.serviceAccount()])
        let mount = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
        let expected =
            #"{"unknown":{"b":1.0,"a":[1e3,-0.0,18446744073709551615,"\u00e9\/"]},"kind":"Pod","apiVersion":"v1","#
            + #""spec":{"containers":[{"future":1.50,"name":"c","env":["#
            + #"{"name":"AWS_ROLE_ARN","value":"arn:aws:iam::012345678901:role/shop"},"#
            + #"{"name":"AWS_WEB_IDENTITY_TOKEN_FILE","value":"\#(mount)/token"}],"#
            + #""volumeMounts":[{"name":"aws-iam-token","readOnly":true,"mountPath":"\#(mount)"}]}],"x":{},"#
            + #""serviceAccountName":"shop","volumes":[{"name":"aws-iam-token","projected":{"sources":["#
            + #"{"serviceAccountToken":{"audience":"sts.amazonaws.com","expirationSeconds":86400,"path":"token"}}]}}]},"#
            + #""metadata":{"namespace":"store","labels":null,"annotations":{"#
            + #""eks.amazonaws.com/role-arn":"arn:aws:iam::012345678901:role/shop"}}}"#
        #expect(String(decoding: after.bytes, as: UTF8.self) == expected)
    }

    @Test("all documents of all files in order")
    func files() async throws {
        let command = try MutateCommand()
        let first = try command.folder.write("kind: A\n---\nkind: B\n", to: "1.yaml")
        let second = try command.folder.write(#"{"kind":"C"}{"kind":"D"}"#, to: "2.json")
        let arguments = ["-f", first, "-f", "-", "--filename=\(second)"]
        let yaml = try await command.run(arguments, input: "kind: E\n")
        #expect(yaml.text == "kind: A\n---\nkind: B\n---\nkind: E\n---\nkind: C\n---\nkind: D\n")
        let json = try await command.run(arguments + ["-o", "json"], input: "kind: E\n")
        let list = try JSONTree(parsing: json.standardOutput)
        #expect(list["apiVersion"] == .string("v1") && list["kind"] == .string("List"))
        #expect(list["items"]?.elements?.map { $0["kind"]?.string } == ["A", "B", "E", "C", "D"])
        let names = ["A", "B", "E", "C", "D"].map { "\($0): no pod in it\n" }.joined()
        let problem = "Error: no pod or pod template in \(first), standard input, \(second)\n"
        for output in [yaml, json, try await command.run(arguments + ["-o=patch"], input: "kind: E\n")] {
            #expect(output.errorText == names + problem && output.status == 1)
        }
        let single = try await command.run(["-f", "-", "-o", "json"], input: MutateCommand.pod)
        #expect(try JSONTree(parsing: single.standardOutput)["kind"] == .string("Pod"))
    }

    @Test("the pod that the flags of serve produce")
    func flags() async throws {
        let command = try MutateCommand()
        let account = MutateCommand.serviceAccount("shop").replacing("eks.amazonaws.com", with: "p.example")
        let accounts = try command.folder.write(account, to: "account.yaml")
        let pod = try await command.json(
            MutateCommand.pod,
            [
                "--service-accounts", accounts, "--annotation-prefix", "p.example", "--token-audience=aud",
                "--token-mount-path", "/mnt//token/", "--token-expiration", "600", "--aws-default-region=eu-west-1",
                "--sts-regional-endpoint",
            ]
        )
        let container = pod["spec"]?["containers"]?[0]
        let names = ["AWS_STS_REGIONAL_ENDPOINTS", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ROLE_ARN"]
        #expect(
            container?["env"]?.elements?.compactMap { $0["name"]?.string } == names + ["AWS_WEB_IDENTITY_TOKEN_FILE"]
        )
        #expect(container?["env"]?[1]?["value"] == .string("eu-west-1"))
        #expect(container?["env"]?[4]?["value"] == .string("/mnt/token/token"))
        #expect(container?["volumeMounts"]?[0]?["mountPath"] == .string("/mnt//token/"))
        let token = pod["spec"]?["volumes"]?[0]?[path: ["projected", "sources"]]?[0]?["serviceAccountToken"]
        #expect(token?["audience"] == .string("aud") && token?["expirationSeconds"] == .literal("600"))
    }
}
