import Foundation
import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("The subcommand for profiles", .timeLimit(.minutes(5)))
struct ProfileCommandTests {
    private static let shipped = "\(TestFolders.repository)/deploy/profiles"

    private func run(_ arguments: String...) async throws -> Command.Output {
        try await Command(MutateCommand.program, ["profile"] + arguments).run()
    }

    @Test("finds no error in the repository's profiles, together and alone")
    func shipped() async throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.shipped).sorted()
        #expect(files.count == 15)
        let all = try await run("lint", Self.shipped)
        #expect(all.status == 0 && all.text.hasPrefix("profiles: 15, "), "\(all.errorText)")
        for file in files {
            let output = try await run("lint", "\(Self.shipped)/\(file)")
            #expect(output.status == 0 && !output.text.contains("tests: 0"), "\(file): \(output.errorText)")
        }
    }

    @Test("shows for each profile in the repository where it comes from, and which SDK it was checked with")
    func sources() throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: Self.shipped) {
            let text = try String(contentsOfFile: "\(Self.shipped)/\(file)", encoding: .utf8)
            let comment = text.split(separator: "\n").prefix { $0.hasPrefix("# ") }.joined()
            #expect(comment.contains("Made from https://"), "\(file)")
            #expect(comment.contains("Checked with the SDK") != comment.contains("Not checked with an SDK"), "\(file)")
        }
    }

    private static let bad = """
        profile: bad
        prefix: example.com
        parameters: {name: {annotation: name, kind: text}}
        use: {when: nme}
        environment: [{name: BAD, value: "${name}"}]

        """

    @Test("reports all mistakes with file and line")
    func mistakes() async throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write(Self.bad, to: "bad.yaml")
        for subcommand in ["lint", "test", "show"] {
            let output = try await run(subcommand, file)
            #expect(output.status == 1)
            #expect(output.errorText.contains("\(file):3: profile bad: parameters.name.kind"), "\(output.errorText)")
            #expect(output.errorText.contains("\(file):4: "), "\(output.errorText)")
        }
    }

    @Test(
        "reports a file without a profile, and a manifest",
        arguments: [
            ("", "Error: there is no profile in these files\n"),
            ("# nothing\n", "Error: there is no profile in these files\n"),
            (
                "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n",
                ":1: this is a manifest of kind Secret, not a profile\n"
            ),
        ]
    )
    func noProfile(_ text: String, error: String) async throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write(text, to: "file.yaml")
        for subcommand in ["lint", "test", "show"] {
            let output = try await run(subcommand, file)
            #expect(output.status == 1 && output.text.isEmpty)
            let expected = error.hasPrefix(":") ? file + error : error
            #expect(output.errorText == expected)
        }
    }

    @Test("shows how a test's result differs from what it expected")
    func differences() async throws {
        let folder = try TemporaryDirectory()
        let text = Self.bad.replacingOccurrences(of: ", kind: text", with: "")
            .replacingOccurrences(of: "when: nme", with: "when: name")
        let tests = """
            tests:
              - {name: fine, serviceAccount: {annotations: {name: a}}, expected: {environment: {BAD: a}}}
              - {name: wrong, serviceAccount: {annotations: {name: a}}, expected: {environment: {BAD: b}}}

            """
        let file = try folder.write(text + tests, to: "bad.yaml")
        let output = try await run("test", file)
        #expect(output.status == 1)
        #expect(output.text.contains("ok   \(file):7: bad: fine\n"), "\(output.text)")
        #expect(output.text.contains("FAIL \(file):8: bad: wrong\n"), "\(output.text)")
        #expect(output.text.contains("BAD: expected \"b\", found \"a\""), "\(output.text)")
    }

    @Test("shows what a profile reads and requires")
    func show() async throws {
        let output = try await run("show", "-o", "json", "\(Self.shipped)/alibaba.yaml")
        let profile = try JSONTree(parsing: output.text.utf8)["profiles"]?.elements?.first
        #expect(profile?["namespaceLabels"] == .array([.string("pod-identity.alibabacloud.com/injection")]))
        #expect(profile?["rights"]?.elements?.count == 2)
        let text = try await run("show", "\(Self.shipped)/alibaba.yaml").text
        #expect(text.contains("    get, list and watch namespaces\n"))
    }

    @Test("of mutate produces what the server produces")
    func mutate() async throws {
        let account = MutateCommand.serviceAccount("shop").replacingOccurrences(
            of: "    eks.amazonaws.com",
            with: "    tke.cloud.tencent.com/role-arn: role\n    eks.amazonaws.com"
        )
        let pod = try await MutateCommand().text(
            "\(account)---\n\(MutateCommand.pod)",
            [
                "--profiles", "\(Self.shipped)/tencent.yaml", "--profile-setting", "tencent.region=r",
                "--profile-setting=tencent.providerID=p",
            ]
        )
        #expect(pod.contains("TKE_ROLE_ARN") && pod.contains("AWS_ROLE_ARN"))
    }
}
