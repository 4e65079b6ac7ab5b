import TestPrograms
import TestSupport
import Testing

@Suite("The benchmarks", .timeLimit(.minutes(2)))
struct BenchmarkTests {
    private static let program = "\(TestFolders.products)/microbenchmarks"

    @Test(
        "each step of a request runs",
        arguments: ["small", "airflow"],
        ["parse", "decide", "patch", "encode", "answer", "tls"]
    )
    func step(review: String, step: String) async throws {
        let result = try await Command(Self.program, ["\(review)-\(step)", "2"]).run()
        #expect(result.status == 0, "\(result.errorText)")
    }

    @Test("a step that there is not is refused with the names of those there are")
    func unknownStep() async throws {
        let result = try await Command(Self.program, ["small", "1"]).run()
        #expect(result.status == 2)
        #expect(result.text.hasSuffix("the steps are \(Self.names)\n"))
    }

    private static let names = ["small", "airflow"].flatMap { review in
        ["parse", "decide", "patch", "encode", "answer", "tls"].map { "\(review)-\($0)" }
    }.joined(separator: " ")
}
