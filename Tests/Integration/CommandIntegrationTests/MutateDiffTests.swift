import Foundation
import JSON
import Kubernetes
import TestPrograms
import TestSupport
import Testing

@Suite("mutate -o diff", .serialized, .timeLimit(.minutes(2)))
struct MutateDiffTests {
    private static let commented = """
        # What the shop runs
        apiVersion: argoproj.io/v1alpha1
        kind: Rollout
        metadata: {name: shop, namespace: store}
        spec:
            template:
                spec:
                    serviceAccountName: shop   # has a role
                    containers:
                      # The first one
                      - name: main
                        env: [{name: A, value: b}] # flow
                      - name: side
                        # No variables yet

        """

    @Test("shows only what changes")
    func text() async throws {
        let command = try MutateCommand()
        try command.folder.write(Self.commented, to: "shop.yaml")
        let output = try await command.run(
            [
                "-f", "./shop.yaml", "-o", "diff", "--annotate-pods=false", "--service-accounts",
                command.serviceAccount(),
            ]
        )
        let (role, mount) = (
            "arn:aws:iam::012345678901:role/shop", "/var/run/secrets/eks.amazonaws.com/serviceaccount"
        )
        let env =
            #"{name: AWS_ROLE_ARN, value: "\#(role)"}, {name: AWS_WEB_IDENTITY_TOKEN_FILE, value: \#(mount)/token}"#
        let space = String(repeating: " ", count: 12)
        let expected = """
            --- a/shop.yaml
            +++ b/shop.yaml
            @@ -9,6 +9,27 @@
             \(space)containers:
             \(space)  # The first one
             \(space)  - name: main
            -\(space)    env: [{name: A, value: b}] # flow
            +\(space)    env: [{name: A, value: b}, \(env)] # flow
            +\(space)    volumeMounts:
            +\(space)      - name: aws-iam-token
            +\(space)        readOnly: true
            +\(space)        mountPath: \(mount)
             \(space)  - name: side
            +\(space)    env:
            +\(space)      - name: AWS_ROLE_ARN
            +\(space)        value: \(role)
            +\(space)      - name: AWS_WEB_IDENTITY_TOKEN_FILE
            +\(space)        value: \(mount)/token
            +\(space)    volumeMounts:
            +\(space)      - name: aws-iam-token
            +\(space)        readOnly: true
            +\(space)        mountPath: \(mount)
            +\(space)volumes:
            +\(space)  - name: aws-iam-token
            +\(space)    projected:
            +\(space)        sources:
            +\(space)          - serviceAccountToken:
            +\(space)                audience: sts.amazonaws.com
            +\(space)                expirationSeconds: 86400
            +\(space)                path: token
             \(space)    # No variables yet

            """
        #expect(output.text == expected)
    }

    @Test(
        "can be applied with git apply and with patch, after which the files equal -o json",
        arguments: [["git", "apply", "-"], ["patch", "-p1", "--fuzz=0"]]
    )
    func applies(program: [String]) async throws {
        let command = try MutateCommand()
        let deployment =
            #"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "store"}, "#
            + #""spec": {"template": {"spec": {"serviceAccountName": "shop", "containers": [{"name": "x"}]}}}}"#
        let anchors =
            "kind: Pod\napiVersion: v1\nmetadata: {namespace: store}\nspec:\n  serviceAccountName: shop\n  containers:\n"
            + "  - &main\n    name: a\n    env: &env\n    - {name: A, value: b}\n  - {<<: *main, name: b}\n"
            + "  - name: c\n    env: *env"
        let files = [
            "commented.yaml": Self.commented, "with space.json": try JSONTree(parsing: deployment.utf8).pretty,
            "line.json": deployment + deployment + "\n", "é.yaml": anchors,
            "dos.yaml": MutateCommand.pod.replacing("\n", with: "\r\n"),
            "several.yaml": MutateCommand.pod + "---\n# nothing\nkind: ConfigMap\n---\n" + Self.commented,
        ].sorted { $0.key < $1.key }
        for file in files { try command.folder.write(file.value, to: file.key) }
        let accounts = ["--service-accounts", try command.serviceAccount()]
        let arguments = files.flatMap { ["-f", $0.key] } + accounts
        let wanted = try await command.run(arguments + ["-o", "json"])
        let diff = try await command.run(arguments + ["-o", "diff"])
        #expect(diff.status == 0 && !diff.errorText.contains("anew"))

        let folder = command.folder.path
        let applied = try await Command(program[0], Array(program.dropFirst()), directory: folder)
            .run(input: diff.standardOutput)
        #expect(applied.status == 0, "\(applied.errorText)\(applied.text)\(diff.text)")
        let after = try files.flatMap { try Manifests.parse(command.bytes(of: $0.key), file: $0.key) }.map(\.tree)
        let items = try JSONTree(parsing: wanted.standardOutput)["items"]?.elements
        #expect(after.count == items?.count)
        for (tree, item) in zip(after, items ?? []) { #expect(tree.isEquivalent(to: item)) }
        let rest = try await command.run(arguments + ["-o", "diff"])
        #expect(rest.text == "" && rest.status == 0)
    }

    @Test("reports which document it has to rewrite")
    func rewritten() async throws {
        let command = try MutateCommand()
        // If the variable were added at the anchor, it would be merged into the skipped container too.
        let pod = """
            # A comment
            kind: Pod
            apiVersion: v1
            metadata: {namespace: store, annotations: {eks.amazonaws.com/skip-containers: b}}
            spec:
              serviceAccountName: shop
              containers:
              - &main
                name: a
              - <<: *main
                name: b

            """
        try command.folder.write(MutateCommand.pod + "---\n" + pod, to: "f.yaml")
        let accounts = ["--service-accounts", try command.serviceAccount()]
        let diff = try await command.run(["-f", "f.yaml", "-o", "diff"] + accounts)
        #expect(diff.errorText.hasSuffix("f.yaml:13: cannot be edited in place; the diff rewrites it\n"))
        #expect(diff.text.contains("\n-# A comment\n") && !diff.text.contains("-  serviceAccountName"))
        let wanted = try await command.run(["-f", "f.yaml", "-o", "json"] + accounts)
        _ = try await Command("patch", ["-p1"], directory: command.folder.path).run(input: diff.standardOutput)
        let after = try Manifests.parse(command.bytes(of: "f.yaml"), file: "f.yaml").map(\.tree)
        #expect(try after == JSONTree(parsing: wanted.standardOutput)["items"]?.elements)
    }

    @Test("is refused for AdmissionReviews, and is empty if nothing changes")
    func reviews() async throws {
        let review = try Fixtures.json("review-small.json").pretty
        let output = try await MutateCommand().run(["-f", "-", "-o", "diff"], input: review)
        #expect(output.errorText.contains("standard input:1: an AdmissionReview has no diff; use -o patch"))
        #expect(output.status != 0 && output.text == "")
        let nothing = try await MutateCommand().run(["-f", "-", "-o", "diff"], input: MutateCommand.pod)
        #expect(nothing.text == "" && nothing.status == 0)
    }
}

extension MutateCommand {
    fileprivate func bytes(of file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: folder.path(file))))
    }
}
