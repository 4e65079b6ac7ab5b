import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("The flags of the program", .timeLimit(.minutes(1)))
struct FlagTests {
    @Test("are all documented, with their defaults")
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
        let documented = try Documentation.rows("Flags of `serve`").filter { $0[0].hasPrefix("--") }.map {
            ($0[0], $0[1])
        }
        #expect(Dictionary(documented) { first, _ in first } == flags)
    }

    @Test("a number of event loops that cannot be is refused", arguments: ["0", "-1", "1025", "two"])
    func refused(value: String) async throws {
        let result = try await Command(WebhookProcess.executable, ["serve", "--event-loops=\(value)"]).run()
        #expect(result.status != 0 && result.errorText.contains("event-loops"))
    }
}
