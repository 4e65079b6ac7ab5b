import TestPrograms
import TestSupport
import Testing

/// The package of the benchmarks is built for each test run, without optimisation, so that a change which it cannot follow
/// is noticed.
@Suite("The benchmarks", .serialized, .timeLimit(.minutes(15)))
struct BenchmarkTests {
    private static let build = [
        "build", "--package-path", "\(TestFolders.repository)/Benchmarks",
        "--scratch-path", "\(TestFolders.repository)/.build/benchmarks",
    ]

    private func program() async throws -> String {
        try await Command("swift", Self.build + ["--product", "microbenchmarks"]).runText(timeout: .seconds(800))
        let folder = try await Command("swift", Self.build + ["--show-bin-path"]).runText()
        return "\(folder.split(separator: "\n").last ?? "")/microbenchmarks"
    }

    @Test("run each step of a request, and refuse a step that there is not with the names of those there are")
    func steps() async throws {
        let program = try await program()
        for step in Self.names {
            let result = try await Command(program, [step, "2"]).run()
            #expect(result.status == 0, "\(step): \(result.errorText)")
        }
        let result = try await Command(program, ["small", "1"]).run()
        #expect(result.status == 2)
        #expect(result.text.hasSuffix("the steps are \(Self.names.joined(separator: " "))\n"))
    }

    private static let names = ["small", "airflow"].flatMap { review in
        ["parse", "decide", "profiles", "patch", "encode", "answer", "nothing", "tls"].map { "\(review)-\($0)" }
    }
}
