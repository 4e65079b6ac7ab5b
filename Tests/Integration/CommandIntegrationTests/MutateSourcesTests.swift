import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("mutate finds ServiceAccounts", .serialized, .timeLimit(.minutes(2)))
struct MutateSourcesTests {
    private func role(_ name: String) -> String { "arn:aws:iam::012345678901:role/\(name)" }

    @Test("in several files, of which the last one takes precedence")
    func repeated() async throws {
        let command = try MutateCommand()
        let files = [
            try command.folder.write(MutateCommand.serviceAccount("shop", role: "old"), to: "1.yaml"),
            try command.folder.write(MutateCommand.serviceAccount("other"), to: "2.yaml"),
            try command.folder.write(MutateCommand.serviceAccount("shop", role: "new"), to: "3.yaml"),
        ]
        let pod = try await command.json(MutateCommand.pod, files.flatMap { ["--service-accounts", $0] })
        #expect(pod.roles() == [role("new")])
    }

    @Test("in lists and in JSON")
    func lists() async throws {
        let command = try MutateCommand()
        let account =
            #"{"metadata":{"name":"shop","namespace":"store","annotations":{"eks.amazonaws.com/role-arn":"\#(role("x"))"}}}"#
        let file = try command.folder.write(
            #"{"apiVersion":"v1","kind":"ServiceAccountList","items":[\#(account)]}"#,
            to: "list.json"
        )
        #expect(try await command.json(MutateCommand.pod, ["--service-accounts=\(file)"]).roles() == [role("x")])
    }

    @Test("in the manifests themselves, even after the pod, unless a file of ServiceAccounts has them")
    func sameFile() async throws {
        let command = try MutateCommand()
        let manifests = MutateCommand.pod + "---\n" + MutateCommand.serviceAccount("shop", role: "own")
        #expect(try await command.text(manifests).contains(role("own")))
        let text = try await command.text(manifests, ["--service-accounts", command.serviceAccount(role: "file")])
        #expect(text.contains("value: \(role("file"))") && !text.contains("value: \(role("own"))"))
    }

    @Test("by the name `default` if a pod names none")
    func defaultAccount() async throws {
        let command = try MutateCommand()
        let accounts = try command.serviceAccount("default", namespace: "default", role: "d")
        let pod =
            #"{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"p-"},"spec":{"containers":[{"name":"c"}]}}"#
        let output = try await command.run(["-f", "-", "-o", "json", "--service-accounts", accounts], input: pod)
        #expect(try JSONTree(parsing: output.standardOutput).roles() == [role("d")])
        #expect(output.errorText == "Pod default/p- (ServiceAccount default/default): injected: \(role("d"))\n")
    }

    @Test(
        "in the namespace of the request, or of the manifest, or in `default`",
        arguments: [
            ("store", [], "store"), (nil, [], "default"), ("store", ["-n", "else"], "else"),
            (nil, ["--namespace=else"], "else"),
            ("", [], "default"), ("null", [], "default"),
        ] as [(String?, [String], String)]
    )
    func namespaces(own: String?, arguments: [String], expected: String) async throws {
        let command = try MutateCommand()
        var accounts: [String] = []
        for namespace in ["store", "default", "else"] {
            accounts += ["--service-accounts", try command.serviceAccount(namespace: namespace, role: namespace)]
        }
        let pod = MutateCommand.pod.replacing("  namespace: store\n", with: own.map { "  namespace: \($0)\n" } ?? "")
        #expect(try await command.json(pod, accounts + arguments).roles() == [role(expected)])
    }

    @Test("without a namespace in the request's namespace")
    func namespaceOfAccounts() async throws {
        let command = try MutateCommand()
        let account = MutateCommand.serviceAccount("shop").replacing("  namespace: store\n", with: "")
        let file = try command.folder.write(account, to: "account.yaml")
        #expect(try await command.json(MutateCommand.pod, ["--service-accounts", file]).roles() == [nil])
        #expect(
            try await command.json(MutateCommand.pod, ["--service-accounts", file, "-n", "store"]).roles() == [
                role("shop")
            ]
        )
    }

    @Test("and reports why a pod is not changed")
    func reasons() async throws {
        let command = try MutateCommand()
        let noRole = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: shop\n  namespace: store\n"
        let skipped = MutateCommand.pod.replacing(
            "metadata:\n",
            with: "metadata:\n  labels:\n    eks.amazonaws.com/skip-pod-identity-webhook: \"1\"\n"
        )
        let account = "ServiceAccount store/shop: service_account_checked\n"
        let cases = [
            (MutateCommand.pod, "service_account_not_found", false),
            (noRole + "---\n" + MutateCommand.pod, "no_role", true),
            (MutateCommand.serviceAccount("shop") + "---\n" + skipped, "skip_label", true),
        ]
        let hint =
            "  hint: the ServiceAccount store/shop is not in the input; pass its file with --service-accounts\n"
        for (manifests, reason, hasAccount) in cases {
            let output = try await command.run(["-f", "-"], input: manifests)
            #expect(output.text == manifests && output.status == 0)
            let report = "Pod store/shop (ServiceAccount store/shop): \(reason)\n"
            #expect(output.errorText == (hasAccount ? account + report : report + hint))
        }
    }

    @Test("and gives no hint if the pod has an identity without its ServiceAccount, or must not have one")
    func noHint() async throws {
        let command = try MutateCommand()
        let entry = #"{"store/shop": {"RoleARN": "arn:aws:iam::012345678901:role/map"}}"#
        let map = "---\nkind: ConfigMap\nmetadata: {name: pod-identity-webhook}\ndata:\n  config: '\(entry)'\n"
        let skipped = MutateCommand.pod.replacing(
            "metadata:\n",
            with: "metadata:\n  labels: {eks.amazonaws.com/skip-pod-identity-webhook: x}\n"
        )
        for (manifests, reason) in [(MutateCommand.pod + map, "injected"), (skipped, "skip_label")] {
            let output = try await command.run(["-f", "-", "--watch-config-map"], input: manifests)
            #expect(output.errorText.contains(reason) && !output.errorText.contains("hint"))
        }
    }

    @Test("and reports their errors as the server does, if they are in the manifests or pods use them")
    func mistakes() async throws {
        let command = try MutateCommand()
        func account(_ name: String) -> String {
            MutateCommand.serviceAccount(name).replacing(
                "eks.amazonaws.com/role-arn",
                with: "eks.amazonaws.com/rolearn"
            )
        }
        let report = """
            ServiceAccount store/NAME: service_account_checked
              warning: unknown annotation eks.amazonaws.com/rolearn ignored; did you mean eks.amazonaws.com/role-arn?

            """
        let (shop, other) = (report.replacing("NAME", with: "shop"), report.replacing("NAME", with: "other"))
        let pod = "Pod store/shop (ServiceAccount store/shop): no_role\n"
        let own = try await command.run(
            ["-f", "-"],
            input: MutateCommand.pod + "---\n" + account("shop") + "---\n" + account("other")
        )
        #expect(own.errorText == pod + shop + other)
        let file = try command.folder.write(account("shop") + "---\n" + account("other"), to: "accounts.yaml")
        let used = try await command.run(["-f", "-", "--service-accounts", file], input: MutateCommand.pod)
        #expect(used.errorText == pod + shop)
    }

    @Test("and prints warnings to standard error")
    func warnings() async throws {
        let command = try MutateCommand()
        let pod = MutateCommand.pod.replacing(
            "metadata:\n",
            with: "metadata:\n  annotations:\n    eks.amazonaws.com/skip-containers: ghost\n"
        )
        let output = try await command.run(["-f", "-", "--service-accounts", command.serviceAccount()], input: pod)
        #expect(output.errorText.hasSuffix("\n  warning: no container is named ghost, which should be skipped\n"))
    }

    @Test("and prints text from manifests on one line")
    func controlCharacters() async throws {
        let pod = MutateCommand.pod.replacing("name: shop", with: #"name: "a\nb\u001b[31m""#)
        let output = try await MutateCommand().run(["-f", "-"], input: pod)
        #expect(output.errorText.hasPrefix("Pod store/a?b?[31m (ServiceAccount "))
    }
}
