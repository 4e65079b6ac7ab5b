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
            Finding(
                .certificate,
                .unknown,
                .webhookUnreachable,
                "w",
                "not \"seen\"",
                remedy: Remedy("kubectl y", note: "or z")
            ),
        ]
    )

    @Test("in text is aligned and grouped, and gives each remedy once")
    func text() {
        let expected = """
            Registration
              ok       w  called

            Certificate
              unknown  w  not "seen"
                       $ kubectl y
                       or z

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

    @Test("has a policy's message on one line, without control characters")
    func lines() {
        let words = "denied:\n\n  policy\u{1b}[2J tokens:\r\n    é: no\u{202e}\u{2028}projected  volumes\n"
        let report = Report(
            cluster: "",
            findings: [Finding(.serviceAccounts, .problem, .injectionRefused, "a/b", words)]
        )
        #expect(
            report.text(isColoured: false)
                .contains(#"  a/b  denied: policy\u{1B}[2J tokens: é: no\u{202E} projected volumes"# + "\n\n")
        )
    }

    @Test("counts successful checks if there are many")
    func manyFine() {
        let fine = (1...14).map { Finding(.serviceAccounts, .ok, .dryRunInjected, "a/\($0)", "a new pod gets r") }
        let text = Report(cluster: "", findings: fine).text(isColoured: false)
        #expect(text.contains("  ok       a/10  a new pod") && !text.contains("a/11"))
        #expect(
            text.hasSuffix("  and 4 more that are ok\n\nNothing is wrong: 0 problems, 0 warnings, 0 unknown, 14 ok.\n")
        )
    }

    @Test("is limited, and does not hide problems behind warnings")
    func manyWrong() {
        let findings = [Finding.Status.warning, .problem].flatMap { status in
            (1...130).map { Finding(.serviceAccounts, status, .notInjected, "a/\(status)-\($0)", "no role") }
        }
        let report = Report(cluster: "", findings: findings)
        let text = report.text(isColoured: false)
        #expect(text.split(separator: "\n").count == 1 + 200 + 2 + 1)
        #expect(text.contains("a/problem-100 ") && !text.contains("a/problem-101 "))
        #expect(text.contains("\n  and 30 more with warning (-v)\n  and 30 more with problem (-v)\n"))
        #expect(report.text(isColoured: false, isVerbose: true).contains("a/problem-130 "))
    }

    @Test(
        "determines the exit status",
        arguments: [
            ([.ok, .warning], 0), ([.ok, .unknown, .problem], 1), ([.ok, .warning, .unknown], 2), ([], 2),
        ] as [([Finding.Status], Int32)]
    )
    func verdict(statuses: [Finding.Status], exitStatus: Int32) {
        let report = Report(cluster: "", findings: statuses.map { Finding(.pods, $0, .podInjected, "", "") })
        #expect(report.verdict.rawValue == exitStatus)
        let words = [
            "Nothing is wrong: ", "Something is wrong: ", "Nothing wrong was found, but not everything could be",
        ]
        #expect(report.text(isColoured: false).contains(words[Int(exitStatus)]))
    }

    // MARK: Workloads

    private static func pods(_ names: [String], _ owners: [Workload.Owner], cause: String = "old") -> [Finding] {
        let workload = Workload(namespace: "a", owners: owners)
        return names.map { name in
            Finding(
                .pods,
                .problem,
                .olderThanRole,
                "a/\(name)",
                "old since \(name)",
                remedy: workload.replaceCommand(for: [name]),
                pod: Finding.Pod(name, of: workload, cause: cause)
            )
        }
    }

    private static let replicaSets = ["shop-1", "shop-2"].map {
        [
            Workload.Owner(group: "apps", kind: "ReplicaSet", name: $0),
            Workload.Owner(group: "apps", kind: "Deployment", name: "shop"),
        ]
    }

    @Test("has one line for pods of a workload that lack the same, or a line for each if verbose")
    func workloads() {
        let names = (1...27).map { "shop-\($0)" }
        let findings =
            Self.pods(Array(names.prefix(20)), Self.replicaSets[0])
            + Self.pods(["bare-1", "bare-2"], []) + Self.pods(Array(names.suffix(7)), Self.replicaSets[1])
            + Self.pods(["other"], Self.replicaSets[1], cause: "new")
        let report = Report(cluster: "", findings: findings)
        let lines = report.text(isColoured: false).split(separator: "\n").map(String.init)
        #expect(lines[1] == "  problem  a/deployment/shop  27 pods (shop-1, shop-2, …): old")
        #expect(lines[2].hasSuffix("$ kubectl -n a rollout restart deployment/shop"))
        #expect(lines.count { $0.contains("  old since ") } == 3 && lines[3].contains("a/bare-1 "))
        #expect(lines.last?.contains("30 problems") ?? false)
        let whole = report.text(isColoured: false, isVerbose: true)
        #expect(whole.split(separator: "\n").count { $0.contains("  old since ") } == 30)
    }

    @Test("suggests a restart of a workload only if all its pods are to be replaced")
    func examples() {
        let findings = Self.pods(["shop-1", "shop-2"], Self.replicaSets[0]).map { finding in
            var finding = finding
            finding.remedy = "kubectl debug \(finding.pod?.name ?? "")"
            return finding
        }
        let text = Report(cluster: "", findings: findings).text(isColoured: false)
        #expect(text.contains("2 pods (shop-1, shop-2): old") && text.contains("$ kubectl debug shop-1\n"))
        #expect(!text.contains("restart"))
    }

    @Test("says how to replace all pods of a workload that an operator owns")
    func operators() throws {
        let owners = [
            Workload.Owner(group: "apps", kind: "StatefulSet", name: "db"),
            Workload.Owner(group: "example.com", kind: "Database", name: "main"),
        ]
        let report = Report(cluster: "", findings: Self.pods((0..<7).map { "db-\($0)" }, owners))
        let command =
            "           $ kubectl -n a delete pod db-0\n           then, when a new one is ready, the next of db-1, db-2, db-3, "
            + "db-4 and 2 more (-v): Database main owns them and recreates them\n"
        #expect(report.text(isColoured: false).contains(command))
        let workload = try JSONTree(parsing: report.json.utf8)["findings"]?.elements?.first?["workload"]
        #expect(
            workload?.bytes
                == Array(#"{"namespace":"a","kind":"StatefulSet","name":"db","owner":"Database main"}"#.utf8)
        )
    }

    @Test("in text contains no control characters from a pod")
    func hostileText() {
        let text = "own \u{1b}[2J\u{202e}é \"x\"\n  ok"
        let report = Report(
            cluster: "c",
            findings: [
                Finding(
                    .pods,
                    .problem,
                    .mountConflict,
                    "a/b",
                    text,
                    remedy: Remedy(ShellCommand(stringLiteral: text), note: text)
                )
            ]
        )
        let shown = report.text(isColoured: false)
        let escaped = #"own \u{1B}[2J\u{202E}é "x"\n  ok"#
        let line = #"own \u{1B}[2J\u{202E}é "x" ok"#
        #expect(shown.contains("  problem  a/b  \(line)\n"))
        #expect(shown.contains("  $ \(escaped)\n           \(line)\n"), "\(shown)")
    }

    @Test("in JSON has every field")
    func json() throws {
        let tree = try JSONTree(parsing: Self.report.json.utf8)
        #expect(tree["cluster"]?.string == "https://host:6443")
        #expect(tree["summary"]?.bytes == Array(#"{"ok":1,"warning":0,"problem":2,"unknown":1}"#.utf8))
        let first =
            #"{"check":"pods","status":"problem","code":"older_than_role","subject":"a/one","#
            + #""message":"container main without r: old","remedy":"kubectl x"}"#
        #expect(tree["findings"]?.elements?.first.map { String(decoding: $0.bytes, as: UTF8.self) } == first)
        #expect(tree["findings"]?.elements?[1]["remedy"] == nil)
        let last = tree["findings"]?.elements?.last
        #expect(last?["remedy"]?.string == "kubectl y" && last?["note"]?.string == "or z")
    }

    @Test("has codes that are all documented in docs/doctor.md")
    func documentation() throws {
        let text = try String(contentsOfFile: "\(TestFolders.repository)/docs/doctor.md", encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let codes = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
        #expect(codes.suffix(Finding.Code.allCases.count) == Finding.Code.allCases.map(\.rawValue))
    }

    /// The codes come from a control plane, or from a server that responds like one.
    @Test("has every code at least once, from a cluster in that state", arguments: Finding.Code.allCases)
    func scenarios(code: Finding.Code) throws {
        func tests(_ folder: String, _ prefixes: [String]) throws -> [String] {
            let folder = URL(fileURLWithPath: "\(TestFolders.repository)/Tests/\(folder)")
            let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            return try files.filter { file in prefixes.contains { file.lastPathComponent.hasPrefix($0) } }.map {
                try String(contentsOf: $0, encoding: .utf8)
            }
        }
        let real = try tests("EndToEnd/EndToEndTests/Doctor", ["DoctorTests"])
        let scripted = try tests(
            "Unit/DiagnosisTests",
            ["DoctorTests", "AdmissionPolicyTests", "CloudDoctorTests", "DryRunTests"]
        )
        let flags = try tests("Unit/CommandTests", ["WebhookFlagsTests"])
        #expect(
            real.contains { $0.contains("\"\(code.rawValue)\"") }
                || (scripted + flags).contains { $0.contains(".\(code)") }
        )
    }
}
