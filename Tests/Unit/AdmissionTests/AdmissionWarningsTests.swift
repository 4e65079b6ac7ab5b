import PodIdentity
import Testing

@testable import Admission

@Suite("Warnings for the API server", .timeLimit(.minutes(5)))
struct AdmissionWarningsTests {
    @Test("have at most 120 bytes each, with an ellipsis if cut, and no character is split")
    func length() {
        let warnings = AdmissionWarnings.limited([
            String(repeating: "a", count: 120), String(repeating: "b", count: 121), String(repeating: "é", count: 61),
        ])
        #expect(warnings[0] == String(repeating: "a", count: 120))
        #expect(warnings[1] == String(repeating: "b", count: 117) + "…")
        #expect(warnings[2] == String(repeating: "é", count: 58) + "…")
    }

    @Test("are limited in number, with a count of the rest")
    func total() {
        var warnings = Warnings()
        for number in 0..<1000 { warnings.append("\(number)" + String(repeating: "x", count: 1000)) }
        let texts = AdmissionWarnings.limited(warnings)
        #expect(texts.count == Warnings.maximumCount + 1 && texts.last == "and 980 more")
        #expect(texts.map(\.utf8.count).reduce(0, +) <= AdmissionWarnings.maximumBytes)
    }

    @Test("contain only printable text, and have no duplicates")
    func printable() {
        #expect(AdmissionWarnings.limited(["a\nb\u{7f}\u{202e}", "é ok", "é ok"]) == ["a?b??", "é ok"])
    }
}
