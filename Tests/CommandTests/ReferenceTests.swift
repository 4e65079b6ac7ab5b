import AWSIdentity
import Foundation
import JSON
import PodIdentity
import Prometheus
import TestSupport
import Testing

@testable import pod_identity_webhook

@Suite("The documentation says what the program has", .timeLimit(.minutes(1)))
struct ReferenceTests {
    /// The cells of each row of a section's tables, without backquotes.
    private func rows(_ section: String, of file: String = "reference.md") throws -> [[String]] {
        let text = try String(contentsOfFile: "\(TestFolders.repository)/docs/\(file)", encoding: .utf8)
        let start = try #require(text.range(of: "\n## \(section)\n"))
        let end = text[start.upperBound...].range(of: "\n## ")?.lowerBound ?? text.endIndex
        return text[start.upperBound..<end].split(separator: "\n").filter { $0.hasPrefix("| ") }.map { line in
            line.dropFirst(2).dropLast(1).components(separatedBy: "|").map {
                $0.trimmingCharacters(in: .whitespaces).replacingOccurrences(of: "`", with: "")
            }
        }
    }

    @Test("every flag, with its default")
    func flags() async throws {
        let help = try await Command(WebhookProcess.executable, ["serve", "--experimental-dump-help"]).runText()
        let arguments = try #require(try JSONTree(parsing: help.utf8)[path: ["command", "arguments"]]?.elements)
        var flags: [String: String] = [:]
        for argument in arguments where argument["shouldDisplay"] == .literal("true") {
            let names = argument["names"]?.elements ?? []
            guard let name = names.first(where: { $0["kind"]?.string == "long" })?["name"]?.string else { continue }
            flags["--\(name)"] = argument["defaultValue"]?.string ?? ""
        }
        flags["--help"] = nil
        flags["--version"] = nil
        let documented = try rows("Flags of `serve`").filter { $0[0].hasPrefix("--") }.map { ($0[0], $0[1]) }
        #expect(Dictionary(documented) { first, _ in first } == flags)
    }

    @Test("every annotation that is read, of ServiceAccounts and of pods")
    func annotations() throws {
        let read = IRSAProvider(settings: AWSSettings()).serviceAccountAnnotations
            .map { $0.replacingOccurrences(of: "eks.amazonaws.com/", with: "P/") }
        let documented = try rows("Annotations").filter { $0[0].hasPrefix("ServiceAccount") }.map { $0[1] }
        #expect(Set(documented) == Set(read))
    }

    @Test("every reason")
    func reasons() throws {
        let documented = try rows("The list", of: "reasons.md").filter { $0[0] != "reason" }
        #expect(documented.map { $0[0] } == Reason.allCases.map(\.rawValue))
        let withEvent = documented.filter { $0[3] == "yes" }.map { $0[0] }
        #expect(withEvent == Reason.allCases.filter(\.leavesPodWithoutIdentity).map(\.rawValue))
    }

    @Test("every metric, with its type and labels")
    func metrics() throws {
        let documented = try rows("Metrics").filter { $0[0].contains("_") }
            .map { [$0[0], $0[1], $0[2].replacingOccurrences(of: " ", with: "")] }
        let defined = WebhookMetrics.definitions.map { definition in
            [definition.name, definition.kind.typeName, definition.labels.joined(separator: ",")]
        }
        #expect(Set(documented) == Set(defined))
    }
}
