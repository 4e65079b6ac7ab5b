import JSON
import TestNetwork
import TestPrograms
import TestSupport
import Testing

/// `--compose-role-arn` of the running server.
@Suite("Roles by name", .timeLimit(.minutes(2)))
struct RoleCompositionTests {
    private static func account(_ role: String) -> String {
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: app, namespace: default, annotations: {eks.amazonaws.com/role-arn: "\(role)"}}
        """
    }

    private func role(_ role: String, _ flags: [String], endpoint: String = "http://127.0.0.1:1") async throws
        -> String?
    {
        let webhook = try await WebhookUnderTest(
            ["--compose-role-arn"] + flags,
            accounts: Self.account(role),
            environment: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": endpoint]
        )
        let pod = try #require(try Fixtures.json("review-small.json")[path: ["request", "object"]])
        let result = try await webhook.mutate(pod)
        let list = result[path: ["spec", "containers"]]?.elements?.first?["env"]?.elements ?? []
        return list.first { $0["name"]?.string == "AWS_ROLE_ARN" }?["value"]?.string
    }

    @Test("get their account and partition from instance metadata, which may become available late")
    func metadata() async throws {
        let document = MetadataServer.document(account: "444455556666", region: "cn-north-1")
        let server = try await MetadataServer { request, number in
            if number == 0 { return .closeConnection }
            if request.isForToken { return .text("session-token") }
            return request.token == "session-token" ? .text(document) : .status(401)
        }
        #expect(
            try await role("team/app", [], endpoint: server.endpoint) == "arn:aws-cn:iam::444455556666:role/team/app"
        )
        #expect(try await role(WebhookUnderTest.role, [], endpoint: server.endpoint) == WebhookUnderTest.role)
        #expect(try await role("", [], endpoint: server.endpoint) == nil)
        #expect(
            try await role("app", ["--aws-partition=aws-iso"], endpoint: server.endpoint)
                == "arn:aws-iso:iam::444455556666:role/app"
        )
        try await server.close()
    }

    @Test(
        "get them from flags without any request",
        arguments: [
            (["--aws-account-id=444455556666"], "arn:aws:iam::444455556666:role/app"),
            (
                ["--aws-account-id=444455556666", "--aws-partition=aws-us-gov"],
                "arn:aws-us-gov:iam::444455556666:role/app"
            ),
            (
                ["--aws-account-id=444455556666", "--aws-default-region=eusc-de-east-1"],
                "arn:aws-eusc:iam::444455556666:role/app"
            ),
        ]
    )
    func flags(_ flags: [String], _ expected: String) async throws {
        #expect(try await role("app", flags) == expected)
    }

    @Test(
        "keep the server from starting if nothing provides them",
        arguments: [
            (["--compose-role-arn"], 404, "refused: HTTP status 404"),
            (["--compose-role-arn"], nil, "AWS_EC2_METADATA_DISABLED"),
            (["--compose-role-arn", "--aws-account-id=1"], 404, "--aws-account-id must be twelve digits"),
            (["--compose-role-arn", "--aws-partition=amazon"], 404, "--aws-partition must be"),
            (["--aws-account-id=444455556666"], 404, "need --compose-role-arn"),
        ] as [([String], Int?, String)]
    )
    func failure(_ flags: [String], _ status: Int?, _ message: String) async throws {
        let server = try await MetadataServer { _, _ in .status(status ?? 200) }
        var environment = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.endpoint]
        if status == nil { environment["AWS_EC2_METADATA_DISABLED"] = "true" }
        let output = try await Command(WebhookProcess.executable, flags, environment: environment).run()
        #expect(output.status != 0 && output.errorText.contains(message))
        try await server.close()
    }
}
