import Foundation
import TestPrograms
import TestSupport
import Testing

/// These tests run the steps in a debug build, only to show that they work; `make test` counts their instructions
/// later.
@Suite("The benchmarks", .serialized, .timeLimit(.minutes(5)))
struct BenchmarkTests {
    private static let program = "\(TestFolders.products)/microbenchmarks"
    private static let folder = "\(TestFolders.repository)/Benchmarks"

    private static let names = ["small", "airflow"].flatMap { review in
        ["parse", "decide", "profiles", "patch", "encode", "answer", "nothing", "tls", "request"]
            .map { "\(review)-\($0)" }
    }

    @Test("run each step of a request", arguments: names)
    func steps(_ step: String) async throws {
        let result = try await Command(Self.program, [step, "2"]).run()
        #expect(result.status == 0, "\(result.errorText)")
    }

    @Test("refuse an unknown step, and list the existing ones, each of which has a recorded count")
    func unknownStep() async throws {
        let result = try await Command(Self.program, ["small", "1"]).run()
        #expect(result.status == 2)
        #expect(result.text.hasSuffix("the steps are \(Self.names.joined(separator: " "))\n"))
        let recorded = try await Command("cut", ["-f", "1", "\(Self.folder)/instructions.tsv"]).runText()
        let steps = recorded.split(separator: "\n").filter { !$0.hasPrefix("#") }.dropFirst()
        #expect(steps.map(String.init) == Self.names)
    }

    @Test("count the same instructions again, and fail the check of a step that takes more than recorded")
    func counts() async throws {
        let folder = try TemporaryDirectory()
        let counting = [
            "\(Self.folder)/micro.py", "--program", Self.program, "--recorded", folder.path("counts.tsv"), "--runs",
            "5",
            "small-encode",
        ]
        func run(_ mode: String) async throws -> Command.Output {
            try await Command("python3", counting + [mode]).run(timeout: .seconds(120))
        }
        let update = try await run("--update")
        #expect(update.status == 0, "\(update.errorText)")
        let recorded = try String(contentsOfFile: folder.path("counts.tsv"), encoding: .utf8)
        let row = try #require(recorded.firstMatch(of: /small-encode\t(\d+)\t(\d+)/))
        let (instructions, allocations) = (try #require(Double(row.1)), try #require(Double(row.2)))
        #expect(instructions > 1000 && allocations > 0)
        #expect(try await run("--check").status == 0)

        // The count varies by less than 0.5 % between runs.
        let less = "small-encode\t\(Int(instructions * 0.995 / 1.05))\t\(row.2)"
        try folder.write(recorded.replacing(row.0, with: less), to: "counts.tsv")
        let check = try await run("--check")
        #expect(check.status == 1 && check.text.contains("worse: small-encode: "), "\(check.text)")
    }

    @Test("pass their scripts' own tests")
    func scripts() async throws {
        let arguments = ["-m", "unittest", "discover", "--start-directory", Self.folder]
        let result = try await Command("python3", arguments).run(timeout: .seconds(240))
        #expect(result.status == 0, "\(result.errorText)")
        let isAny = result.errorText.contains(/Ran [1-9]\d* tests/)
        #expect(isAny)
    }
}
