import TestPrograms
import TestSupport
import Testing

/// Here the steps run without optimisation, for whether they run at all; `make test` counts their instructions after that.
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

    @Test("refuse a step that there is not, with the names of those there are, each of which is recorded")
    func unknownStep() async throws {
        let result = try await Command(Self.program, ["small", "1"]).run()
        #expect(result.status == 2)
        #expect(result.text.hasSuffix("the steps are \(Self.names.joined(separator: " "))\n"))
        let recorded = try await Command("cut", ["-f", "1", "\(Self.folder)/instructions.tsv"]).runText()
        let steps = recorded.split(separator: "\n").filter { !$0.hasPrefix("#") }.dropFirst()
        #expect(steps.map(String.init) == Self.names)
    }

    @Test("pass the tests of their own scripts")
    func scripts() async throws {
        let arguments = ["-m", "unittest", "discover", "--start-directory", Self.folder]
        let result = try await Command("python3", arguments).run(timeout: .seconds(240))
        #expect(result.status == 0, "\(result.errorText)")
        let isAny = result.errorText.contains(/Ran [1-9]\d* tests/)
        #expect(isAny)
    }
}
