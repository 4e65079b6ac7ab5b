import AWSIdentity
import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("mutate takes the flags of the webhook", .serialized, .timeLimit(.minutes(2)))
struct MutateIdentitiesTests {
    private let entry = #"{"store/shop": {"RoleARN": "arn:aws:iam::012345678901:role/map"}, "bad": {}}"#

    private func configMap(_ namespace: String = "eks") -> String {
        """
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: pod-identity-webhook
          namespace: \(namespace)
        data:
          config: '\(entry)'

        """
    }

    @Test("for EKS Pod Identity, and reads the file once")
    func containerCredentials() async throws {
        let command = try MutateCommand()
        let file = try command.folder.write(
            #"{"identities": [{"namespace": "store", "serviceAccount": "shop"}]}"#,
            to: "identities.json"
        )
        let flags = ["--watch-container-credentials-config", file, "--container-credentials-token-path=t"]
        let pod = try await command.json(MutateCommand.pod, flags + ["--service-accounts", command.serviceAccount()])
        #expect(pod.roles() == [nil])
        #expect(pod.pretty.contains("http://169.254.170.23/v1/credentials") && pod.pretty.contains("\"path\": \"t\""))
        #expect(pod[path: ["metadata", "labels", "eks.amazonaws.com/pod-identity"]]?.string == "enabled")
        for (text, problem) in [("[", "cannot be used"), (nil, "cannot read")] {
            let file = try text.map { try command.folder.write($0, to: "bad.json") } ?? "nowhere.json"
            let flags = ["-f", "-", "--watch-container-credentials-config", file]
            let output = try await command.run(flags, input: MutateCommand.pod)
            #expect(output.status != 0 && output.errorText.contains(problem) && output.errorText.contains(file))
        }
    }

    @Test("for the ConfigMap, which may be in any namespace in the manifests")
    func configMaps() async throws {
        let command = try MutateCommand()
        for namespace in ["eks", "other"] {
            let manifests = MutateCommand.pod + configMap(namespace)
            let output = try await command.run(["-f", "-", "--watch-config-map"], input: manifests)
            #expect(output.text.contains("value: arn:aws:iam::012345678901:role/map"))
            #expect(output.errorText.contains("the entry \"bad\" is ignored"))
            #expect(!(try await command.text(manifests)).contains("value: arn:aws"))
        }
        let two = try await command.run(
            ["-f", "-", "--watch-config-map"],
            input: MutateCommand.pod + configMap("a") + configMap("b")
        )
        #expect(two.status != 0 && two.errorText.contains("2 namespaces"))
    }

    @Test("for roles by name, if a flag gives the account")
    func composition() async throws {
        let command = try MutateCommand()
        let account = MutateCommand.serviceAccount("shop").replacing(
            "arn:aws:iam::012345678901:role/shop",
            with: "shop"
        )
        let file = try command.folder.write(account, to: "account.yaml")
        let flags = ["--service-accounts", file, "--compose-role-arn"]
        let pod = try await command.json(MutateCommand.pod, flags + ["--aws-account-id=444455556666"])
        #expect(pod.roles() == ["arn:aws:iam::444455556666:role/shop"])
        let output = try await command.run(["-f", "-"] + flags, input: MutateCommand.pod)
        #expect(output.status != 0 && output.errorText.contains("--aws-account-id"))
    }
}
