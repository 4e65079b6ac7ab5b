import Foundation
import TestPrograms
import TestSupport
import Testing

/// A failure has an exit status other than 0, nothing on standard output, and a line that names the error and its
/// place.
@Suite("mutate refuses", .serialized, .timeLimit(.minutes(2)))
struct MutateErrorTests {
    private func expectFailure(
        _ output: Command.Output,
        _ parts: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(output.status != 0 && output.status < 128, sourceLocation: sourceLocation)
        #expect(output.text == "", sourceLocation: sourceLocation)
        #expect(output.errorText.hasPrefix("Error: "), sourceLocation: sourceLocation)
        for part in parts { #expect(output.errorText.contains(part), sourceLocation: sourceLocation) }
    }

    private static let spec = "  serviceAccountName: shop\n"

    @Test(
        "manifests that cannot be parsed, with file and line",
        arguments: [
            ("", "f.yaml: contains no manifest"), ("# nothing\n---\n\n", "f.yaml: contains no manifest"),
            ("kind: Pod\nspec: [\n", "f.yaml:"), ("kind: Pod\n\tspec: x\n", "f.yaml:2: malformed YAML"),
            ("a: 1\n---\nb: 1\nb: 2\n", "f.yaml:4: the key 'b' appears twice"),
            ("- a\n- b\n", "f.yaml:1: a manifest is an object"),
            ("just text\n", "f.yaml:1: a manifest is an object"), ("{\"kind\":\n\"Pod\",\n]", "f.yaml:3: "),
            (
                "apiVersion: v1\nkind: Pod\nspec:\n  containers: main\n",
                "f.yaml:1: the pod's spec.containers must be an array, not a string"
            ),
            ("kind: X\n---\napiVersion: v1\nkind: Pod\n", "f.yaml:3: the pod's spec is missing"),
            (
                "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    a/b: 7200\nspec: {}\n",
                "f.yaml:1: the pod's metadata.annotations[\"a/b\"] must be a string, not a number"
            ),
            (
                "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations: 5\nspec: {}\n",
                "f.yaml:1: the pod's metadata.annotations must be an object, not a number"
            ),
            (
                "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - main\n",
                "f.yaml:1: the pod's spec.containers[0] must be an object"
            ),
            ("apiVersion: v1\nkind: List\nitems: none\n", "f.yaml:1: the items of this List are not a list"),
            ("apiVersion: v1\nkind: ServiceAccount\n", "f.yaml:1: the ServiceAccount has no metadata.name"),
            (
                "kind: ServiceAccount\nmetadata:\n  name: a\n  annotations:\n    eks.amazonaws.com/role-arn: 5\n",
                "f.yaml:1: the annotation eks.amazonaws.com/role-arn must be a string"
            ),
            (
                "kind: ServiceAccount\nmetadata:\n  name: a\n  annotations: 5\n",
                "f.yaml:1: the ServiceAccount's metadata.annotations must be an object"
            ),
            ("apiVersion: v1\nkind: Pod\nspec: {priority: 12345678901234567890123}\n", "f.yaml:1: malformed JSON"),
        ]
    )
    func manifests(text: String, message: String) async throws {
        let command = try MutateCommand()
        try command.folder.write(text, to: "f.yaml")
        expectFailure(try await command.run(["-f", "f.yaml"]), [message])
    }

    @Test(
        "input that is not text",
        arguments: [[0xff, 0xfe, 0x00], [0x7f, 0x45, 0x4c, 0x46, 0x80, 0x81], [0x6b, 0x3a, 0x20, 0xe9]]
    )
    func binary(bytes: [UInt8]) async throws {
        let command = try MutateCommand()
        try Data(bytes).write(to: URL(fileURLWithPath: command.folder.path("f.yaml")))
        expectFailure(try await command.run(["-f", "f.yaml"]), ["f.yaml: the text is not UTF-8"])
    }

    @Test("control characters, in YAML and JSON", arguments: ["\0\0\0\0", "a: \u{1}\n", "{\"a\": \"\u{1}\"}"])
    func controlCharacters(text: String) async throws {
        let command = try MutateCommand()
        try command.folder.write(text, to: "f.yaml")
        expectFailure(try await command.run(["-f", "f.yaml"]), ["f.yaml:1: "])
    }

    @Test("files that do not exist, and folders")
    func files() async throws {
        let command = try MutateCommand()
        try command.folder.write(MutateCommand.pod, to: "pod.yaml")
        expectFailure(try await command.run(["-f", "none.yaml"]), ["cannot read none.yaml: No such file or directory"])
        expectFailure(try await command.run(["-f", "."]), ["cannot read .: Is a directory; pass its files one by one"])
        expectFailure(
            try await command.run(["-f", "pod.yaml", "--service-accounts", "none.yaml"]),
            ["cannot read none.yaml: No such file"]
        )
        expectFailure(try await command.run(["-f", "pod.yaml/x"]), ["cannot read pod.yaml/x: Not a directory"])
    }

    @Test("empty or malformed standard input, which it calls by that name")
    func standardInput() async throws {
        expectFailure(try await MutateCommand().run(["-f", "-"]), ["standard input: contains no manifest"])
        expectFailure(try await MutateCommand().run(["-f", "-"], input: "a: [\n"), ["standard input:"])
    }

    @Test(
        "unknown flags and invalid values",
        arguments: [
            ([], "mutate needs -f FILE"), (["-f"], "-f needs a value"),
            (["-f", "-", "-o", "xml"], "--output must be yaml, json, patch or diff, not \"xml\""),
            (["-f", "-", "--frobnicate=1"], "--frobnicate"),
            (["-f", "-", "--token-expiration", "1h"], "token-expiration"),
            (["-f", "-", "--sts-regional-endpoint=maybe"], "true or false, not \"maybe\""),
            (["-f", "-", "extra"], "unexpected argument 'extra'; did you mean '-f extra'?"),
            (["-f", "-", "--annotation-prefix="], "--annotation-prefix must not be empty"),
            (["-f", "-", "--token-mount-path", "relative"], "--token-mount-path must be an absolute path"),
            (["-f", "-", "--port", "443"], "unknown option '--port'; it is an option of serve"),
        ]
    )
    func flags(arguments: [String], message: String) async throws {
        expectFailure(try await MutateCommand().run(arguments, input: MutateCommand.pod), [message])
    }
}
