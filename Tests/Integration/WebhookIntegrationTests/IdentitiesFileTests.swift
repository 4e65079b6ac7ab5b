import Foundation
import JSON
import TestPrograms
import TestSupport
import Testing

/// `--watch-container-credentials-config` of the running server.
@Suite("The container credentials file", .timeLimit(.minutes(2)))
struct IdentitiesFileTests {
    /// The server, its file, and a continuous stream of requests.
    private struct Setup {
        let webhook: WebhookUnderTest
        let folder: TemporaryDirectory
        let review: [UInt8]

        init(_ text: String? = listed("app"), path: String = "identities.json") async throws {
            folder = try TemporaryDirectory()
            if let text { try folder.write(text, to: path) }
            webhook = try await WebhookUnderTest(
                ["--watch-container-credentials-config=\(folder.path(path))", "--aws-default-region=eu-central-1"],
                folder: folder
            )
            review = try Fixtures.data("review-small.json")
        }

        /// How the pod of the ServiceAccount `app` gets its credentials.
        func method() async throws -> String? {
            let response = try await webhook.post(review)
            try #require(response.status == 200, "\(response.body)")
            let answer = try JSONTree(parsing: response.body.utf8)
            let patch = try answer[path: ["response", "patch"]]?.string.map { try #require(decodeBase64($0)) } ?? []
            let text = String(decoding: patch, as: UTF8.self)
            return ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ROLE_ARN"].first(where: text.contains)
        }

        func becomes(_ isListed: Bool, _ comment: String) async throws {
            let wanted = isListed ? "AWS_CONTAINER_CREDENTIALS_FULL_URI" : "AWS_ROLE_ARN"
            try await eventually(comment, log: { webhook.process.log }) { try await method() == wanted }
        }

        /// Runs `body` during requests, none of which may fail.
        func underLoad(_ body: () async throws -> Void) async throws {
            let file = try folder.write(String(decoding: review, as: UTF8.self), to: "review.json")
            let load = try Command(
                "bash",
                [
                    "-c",
                    """
                    while [ ! -e "$3" ]; do
                        curl -sS --max-time 20 --cacert "$1" -H 'Content-Type: application/json' --data-binary "@$4" \
                            -o /dev/null -w '%{http_code}\\n' "$2" || echo failed
                    done
                    """,
                    "load", webhook.certificate.authorityFile, webhook.url("/mutate"), folder.path("stop"), file,
                ]
            ).start()
            try await body()
            try folder.write("", to: "stop")
            let output = try await load.waitForExit(timeout: .seconds(30))
            let answers = output.text.split(separator: "\n")
            #expect(!answers.isEmpty && answers.allSatisfy { $0 == "200" }, "\(output.errorText)")
        }

        func replace(_ text: String) async throws {
            try folder.write(text, to: "new")
            _ = try await Command("mv", [folder.path("new"), folder.path("identities.json")]).run()
        }

        func logs(_ text: String) async throws {
            try await eventually("the log to say \"\(text)\"", log: { webhook.process.log }) {
                webhook.process.log.contains(text)
            }
        }
    }

    private static func listed(_ name: String) -> String {
        #"{"identities": [{"namespace": "default", "serviceAccount": "\#(name)"}]}"#
    }

    @Test("takes effect however it is replaced, while requests run")
    func exchanges() async throws {
        let setup = try await Setup()
        #expect(try await setup.method() == "AWS_CONTAINER_CREDENTIALS_FULL_URI")
        try await setup.underLoad {
            try await setup.replace(Self.listed("other"))
            try await setup.becomes(false, "the file that was renamed over it to count")
            try setup.folder.write(Self.listed("app"), to: "identities.json")
            try await setup.becomes(true, "the file that was written in place to count")
            try setup.folder.write("", to: "identities.json")
            try await setup.becomes(false, "the empty file to count")
            try await setup.replace(Self.listed("app"))
            try await setup.becomes(true, "the filled file to count")
            try FileManager.default.removeItem(atPath: setup.folder.path("identities.json"))
            try await setup.becomes(false, "the absence of the file to count")
            try setup.folder.write(Self.listed("app"), to: "identities.json")
            try await setup.becomes(true, "the file that is there again to count")
        }
    }

    @Test(
        "is reported once if it is invalid, and its previous content stays in effect",
        arguments: ["{\"identities\": [", "[]", "{\"identities\": [1]}", "\0"]
    )
    func damage(_ text: String) async throws {
        let setup = try await Setup()
        try await setup.underLoad {
            try await setup.replace(text)
            try await setup.logs("the configuration cannot be used; the previous one stays in use")
            #expect(try await setup.method() == "AWS_CONTAINER_CREDENTIALS_FULL_URI")
            try await setup.replace(Self.listed("other"))
            try await setup.becomes(false, "the good file to count")
        }
        #expect(setup.webhook.process.log.components(separatedBy: "stays in use").count == 2)
    }

    @Test("is replaced with a folder's link, as the kubelet does with a ConfigMap")
    func linkSwap() async throws {
        let folder = try TemporaryDirectory()
        let files = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: files.path("..1"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: files.path("..2"), withIntermediateDirectories: true)
        try files.write(Self.listed("app"), to: "..1/identities.json")
        try files.write(Self.listed("oth"), to: "..2/identities.json")
        _ = try await Command("ln", ["-s", "..1", files.path("..data")]).runText()
        _ = try await Command("ln", ["-s", "..data/identities.json", files.path("identities.json")]).runText()
        let webhook = try await WebhookUnderTest(
            ["--watch-container-credentials-config=\(files.path("identities.json"))"],
            folder: folder
        )
        let pod = try #require(try Fixtures.json("review-small.json")[path: ["request", "object"]])
        func label() async throws -> String? {
            try await webhook.mutate(pod)[path: ["metadata", "labels", "eks.amazonaws.com/pod-identity"]]?.string
        }
        #expect(try await label() == "enabled")
        _ = try await Command("ln", ["-s", "..2", files.path("..new")]).runText()
        _ = try await Command("mv", ["-T", files.path("..new"), files.path("..data")]).runText()
        try await eventually("the new folder to take effect") { try await label() == nil }
    }

    @Test("may be absent, empty or invalid at the start", arguments: [nil, "", "{"])
    func start(_ text: String?) async throws {
        let setup = try await Setup(text)
        #expect(try await setup.method() == "AWS_ROLE_ARN")
        try await setup.replace(Self.listed("app"))
        try await setup.becomes(true, "the file to count")
    }

    @Test("changes the pod as its flags specify")
    func flags() async throws {
        let folder = try TemporaryDirectory()
        let webhook = try await WebhookUnderTest(
            [
                "--watch-container-credentials-config", try folder.write(Self.listed("app"), to: "identities.json"),
                "--container-credentials-audience", "audience.example.com", "--container-credentials-token-mount-path",
                "/mnt/token", "--container-credentials-token-volume-name=volume",
                "--container-credentials-token-path=file", "--container-credentials-full-uri=http://127.0.0.1/creds",
            ],
            folder: folder
        )
        let pod = try #require(try Fixtures.json("review-small.json")[path: ["request", "object"]])
        let text = try await webhook.mutate(pod).pretty
        for part in [
            "audience.example.com", "\"/mnt/token\"", "\"volume\"", "/mnt/token/file", "http://127.0.0.1/creds",
        ] {
            #expect(text.contains(part))
        }
    }
}
