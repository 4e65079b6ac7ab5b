import Testing

@testable import Webhook

@Suite("Warnings are fit for the API server", .timeLimit(.minutes(1)))
struct AdmissionWarningsTests {
    @Test("at most 120 characters each, with a mark where they were cut")
    func length() {
        let warnings = AdmissionWarnings.limited([
            String(repeating: "a", count: 120), String(repeating: "b", count: 121),
        ])
        #expect(warnings[0] == String(repeating: "a", count: 120))
        #expect(warnings[1] == String(repeating: "b", count: 119) + "…")
    }

    @Test("at most 4096 bytes in all")
    func total() {
        let warnings = AdmissionWarnings.limited((100..<200).map { "\($0)" + String(repeating: "x", count: 97) })
        #expect(warnings.count == 40)
    }

    @Test("without what is not printable, and each once")
    func printable() {
        #expect(AdmissionWarnings.limited(["a\nb\u{7f}\u{202e}", "é ok", "é ok"]) == ["a?b??", "é ok"])
    }
}
