import Foundation
import JSON
import TestSupport
import Testing

@testable import Diagnosis
@testable import NIOOpenSSL

@Suite("A report", .timeLimit(.minutes(5)))
struct ReportTests {
    private static let report = Report(
        cluster: "https://host:6443",
        findings: [
            Finding(.pods, .problem, .olderThanRole, "a/one", "container main without r: old", remedy: "kubectl x"),
            Finding(.registration, .ok, .registered, "w", "called"),
            Finding(.pods, .problem, .olderThanRole, "a/three", "container main without r: old", remedy: "kubectl x"),
            Finding(.certificate, .unknown, .webhookUnreachable, "w", "not \"seen\"", remedy: "kubectl y"),
        ]
    )

    @Test("for people is aligned, in groups, and says what to do once")
    func text() {
        let expected = """
            Registration
              ok       w  called

            Certificate
              unknown  w  not "seen"
                       $ kubectl y

            Pods
              problem  a/one    container main without r: old
              problem  a/three  container main without r: old
                       $ kubectl x

            Something is wrong: 2 problems, 0 warnings, 1 unknown, 1 ok.

            """
        #expect(Self.report.text(isColoured: false) == expected)
        let coloured = Self.report.text(isColoured: true)
        #expect(
            coloured.contains("\u{1b}[31mproblem\u{1b}[0m  a/one") && coloured.contains("\u{1b}[32mok     \u{1b}[0m")
        )
    }

    @Test("counts what is fine, where that is much")
    func manyFine() {
        let fine = (1...14).map { Finding(.serviceAccounts, .ok, .dryRunInjected, "a/\($0)", "a new pod gets r") }
        let text = Report(cluster: "", findings: fine).text(isColoured: false)
        #expect(text.contains("  ok       a/10  a new pod") && !text.contains("a/11"))
        #expect(
            text.hasSuffix("  and 4 more that are ok\n\nNothing is wrong: 0 problems, 0 warnings, 0 unknown, 14 ok.\n")
        )
    }

    @Test("is wrong by problems alone", arguments: Finding.Status.allCases)
    func health(status: Finding.Status) {
        let report = Report(cluster: "", findings: [Finding(.pods, status, .podInjected, "", "")])
        #expect(report.isHealthy == (status != .problem))
    }

    @Test("for machines has every field")
    func json() throws {
        let tree = try JSONTree(parsing: Self.report.json.utf8)
        #expect(tree["cluster"]?.string == "https://host:6443")
        #expect(tree["summary"]?.bytes == Array(#"{"ok":1,"warning":0,"problem":2,"unknown":1}"#.utf8))
        let first =
            #"{"check":"pods","status":"problem","code":"older_than_role","subject":"a/one","#
            + #""message":"container main without r: old","remedy":"kubectl x"}"#
        #expect(tree["findings"]?.elements?.first.map { String(decoding: $0.bytes, as: UTF8.self) } == first)
        #expect(tree["findings"]?.elements?[1]["remedy"] == nil)
    }

    @Test("is documented: docs/doctor.md has every code")
    func documentation() throws {
        let text = try String(contentsOfFile: "\(TestFolders.repository)/docs/doctor.md", encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let codes = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
        #expect(codes.suffix(Finding.Code.allCases.count) == Finding.Code.allCases.map(\.rawValue))
    }

    @Test("has every code once from a cluster that is in that state", arguments: Finding.Code.allCases)
    func scenarios(code: Finding.Code) throws {
        let folder = URL(fileURLWithPath: "\(TestFolders.repository)/Tests/EndToEnd/EndToEndTests/Doctor")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let tests = try files.filter { $0.lastPathComponent.hasPrefix("DoctorTests") }.map {
            try String(contentsOf: $0, encoding: .utf8)
        }
        #expect(tests.contains { $0.contains("\"\(code.rawValue)\"") })
    }
}
