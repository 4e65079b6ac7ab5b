import Foundation
import Testing

/// Checks that the sources match their description in `docs/README.md`.
@Suite("The layout of the sources", .timeLimit(.minutes(5)))
struct LayoutTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../..").standardizedFileURL

    /// A row of the map: a target, and the project's targets that it may import.
    struct Target: Sendable, CustomTestStringConvertible {
        let name: String
        let imports: Set<String>

        var testDescription: String { name }
        var folder: URL { LayoutTests.root.appendingPathComponent("Sources/\(name)") }

        var files: [URL] {
            let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            return (all?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
        }
    }

    /// The rows of the table "Targets" in order.
    static let targets: [Target] = {
        let page = (try? String(contentsOf: root.appendingPathComponent("docs/README.md"), encoding: .utf8)) ?? ""
        let section = page.components(separatedBy: "\n## ").first { $0.hasPrefix("Targets") } ?? ""
        return section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
            let cells = row.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            func names(_ cell: String) -> [String] {
                cell.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
                    .map { String($0.element) }
            }
            return Target(name: names(cells[1]).first ?? "", imports: Set(names(cells[3])))
        }
    }()

    private static func imports(of file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .filter { $0.wholeMatch(of: /(internal |package )?import \w+/) != nil }
            .compactMap { $0.split(separator: " ").last.map(String.init) }
    }

    @Test("matches the map's targets")
    func completeness() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: Self.root.appendingPathComponent("Sources").path
        )
        #expect(Set(Self.targets.map(\.name)) == Set(folders))
        #expect(Self.targets.count == folders.count)
    }

    @Test("lets a target import only what the map lists, and only targets below it", arguments: targets)
    func arrows(_ target: Target) throws {
        let names = Set(Self.targets.map(\.name))
        let imported = try Set(target.files.flatMap(Self.imports)).intersection(names)
        if !target.files.isEmpty { #expect(imported == target.imports) }
        let order = Self.targets.map(\.name)
        let own = try #require(order.firstIndex(of: target.name))
        #expect(target.imports.isSubset(of: order[(own + 1)...]))
    }

    @Test(
        "keeps the domain and the providers free of input, output and clocks",
        arguments: [
            "PodIdentity", "ProviderSupport", "AWSIdentity", "AzureIdentity", "GoogleIdentity", "FederationProfiles",
        ]
    )
    func purity(_ name: String) throws {
        let target = try #require(Self.targets.first { $0.name == name })
        let allowed = target.imports.union(["FoundationEssentials"])
        for file in target.files {
            #expect(Set(try Self.imports(of: file)).isSubset(of: allowed), "\(file.lastPathComponent)")
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in ["Clock.now", "SystemRandomNumberGenerator", "Date("] {
                #expect(!text.contains(word), "\(file.lastPathComponent) has \(word)")
            }
        }
    }

    @Test("allows at most 25 files directly in a target's folder", arguments: targets)
    func size(_ target: Target) {
        let flat = target.files.filter { $0.deletingLastPathComponent().path == target.folder.path }
        #expect(flat.count <= 25)
    }

    @Test("allows at most 300 lines per file", arguments: ["Sources", "Tests", "Benchmarks", "Fuzzing"])
    func length(_ folder: String) throws {
        let all = FileManager.default.enumerator(
            at: Self.root.appendingPathComponent(folder),
            includingPropertiesForKeys: nil
        )
        let files = (all?.allObjects as? [URL] ?? []).filter {
            $0.pathExtension == "swift" && !$0.path.contains("/.build")
        }
        #expect(!files.isEmpty)
        for file in files {
            let lines = try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n",
                omittingEmptySubsequences: false
            )
            #expect(lines.count - 1 <= 300, "\(file.path)")
        }
    }
}
