import TestPrograms
import TestSupport
import Testing

@Suite("mutate lets scripts", .serialized, .timeLimit(.minutes(2)))
struct MutateStatusTests {
    private static let malformed = MutateCommand.serviceAccount("shop").replacing("arn:aws:iam", with: "arn:aws:ima")
    private static let unknown = MutateCommand.serviceAccount("shop") + "    eks.amazonaws.com/rolearn: x\n"
    private static let skipping = MutateCommand.pod.replacing(
        "metadata:\n",
        with: "metadata:\n  annotations: {eks.amazonaws.com/skip-containers: ghost}\n"
    )

    @Test(
        "choose its exit status with --fail-on, which does not change its output",
        arguments: [
            (MutateCommand.serviceAccount("shop"), MutateCommand.pod, [0, 0, 0]),
            (malformed, MutateCommand.pod, [0, 1, 1]), (unknown, MutateCommand.pod, [0, 0, 1]),
            (MutateCommand.serviceAccount("shop"), skipping, [0, 0, 1]),
            (MutateCommand.serviceAccount("other"), MutateCommand.pod, [0, 0, 1]),
            (MutateCommand.serviceAccount("other"), MutateCommand.pod(named: "p", account: "default"), [0, 0, 0]),
        ] as [(String, String, [Int32])]
    )
    func failures(account: String, pod: String, statuses: [Int32]) async throws {
        let command = try MutateCommand()
        let manifests = account + "---\n" + pod
        let expected = try await command.run(["-f", "-"], input: manifests)
        #expect(expected.text.contains("kind: Pod"))
        for (arguments, status) in zip([[], ["--fail-on=lost"], ["--fail-on", "warning"]], statuses) {
            let output = try await command.run(["-f", "-"] + arguments, input: manifests)
            #expect(output.status == status)
            #expect(output.text == expected.text && output.errorText == expected.errorText)
        }
    }

    @Test("combine its streams: a report never interrupts a line of the output")
    func interleaving() async throws {
        let command = try MutateCommand()
        let pods = (0..<300).map { MutateCommand.pod(named: "p\($0)", account: "shop") }.joined(separator: "\n---\n")
        try command.folder.write(pods + "\n---\n" + MutateCommand.serviceAccount("shop"), to: "pods.yaml")
        for format in ["yaml", "json", "patch", "diff"] {
            let line = "exec \(MutateCommand.program) mutate -f pods.yaml -o \(format) 2>&1"
            let both = try await Command("sh", ["-c", line], directory: command.folder.path).run()
            let apart = try await command.run(["-f", "pods.yaml", "-o", format])
            #expect(both.text == apart.errorText + apart.text && both.status == 0)
        }
    }

    @Test("notice that its output was not written")
    func fullDisk() async throws {
        let command = try MutateCommand()
        try command.folder.write(MutateCommand.pod, to: "pod.yaml")
        let line = "exec \(MutateCommand.program) mutate -f pod.yaml > /dev/full"
        let output = try await Command("sh", ["-c", line], directory: command.folder.path).run()
        #expect(output.status == 1)
        #expect(output.errorText.hasSuffix("Error: cannot write standard output: No space left on device\n"))
    }
}
