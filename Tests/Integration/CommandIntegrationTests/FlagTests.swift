import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("The flags of the program", .timeLimit(.minutes(1)))
struct FlagTests {
    /// The defaults of a command's flags.
    private func flags(of command: String) async throws -> [String: String] {
        let help = try await Command(WebhookProcess.executable, [command, "--experimental-dump-help"]).runText()
        let arguments = try #require(try JSONTree(parsing: help.utf8)[path: ["command", "arguments"]]?.elements)
        var flags: [String: String] = [:]
        for argument in arguments where argument["shouldDisplay"] == .literal("true") {
            let names = argument["names"]?.elements ?? []
            guard let name = names.first(where: { $0["kind"]?.string == "long" })?["name"]?.string else { continue }
            flags["--\(name)"] = argument["defaultValue"]?.string ?? ""
        }
        flags["--help"] = nil
        flags["--version"] = nil
        return flags
    }

    @Test("are all documented, with their defaults")
    func serve() async throws {
        let documented = try Documentation.rows("Flags of `serve`").filter { $0[0].hasPrefix("--") }.map {
            ($0[0], $0[1])
        }
        #expect(try await flags(of: "serve") == Dictionary(documented) { first, _ in first })
    }

    @Test(
        "that only one command has are all documented, with their defaults; the others are the same as for serve",
        arguments: ["mutate", "policy"]
    )
    func ownFlags(command: String) async throws {
        let documented = try Documentation.rows("`\(command)`").filter { $0[0].contains("--") }.map { row in
            (row[0].split(separator: " ").last.map(String.init) ?? "", row[1])
        }
        let own = Dictionary(documented) { first, _ in first }
        let serve = try await flags(of: "serve")
        let all = try await flags(of: command)
        #expect(!own.isEmpty)
        #expect(own.keys.allSatisfy { own[$0] == all[$0] })
        let shared = all.filter { own[$0.key] == nil }
        #expect(!shared.isEmpty && shared.allSatisfy { serve[$0.key] == $0.value })
    }

    @Test("refuse an invalid number of event loops", arguments: ["0", "-1", "1025", "two"])
    func refused(value: String) async throws {
        let result = try await Command(WebhookProcess.executable, ["serve", "--event-loops=\(value)"]).run()
        #expect(result.status != 0 && result.errorText.contains("event-loops"))
    }
}
