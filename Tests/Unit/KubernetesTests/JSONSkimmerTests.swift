import Testing

@testable import Kubernetes

@Suite("Strings that are extracted from streamed JSON", .timeLimit(.minutes(5)))
struct JSONSkimmerTests {
    private func skim(_ text: String, step: Int, _ paths: [JSONSkimmer.Path]) -> JSONSkimmer {
        var skimmer = JSONSkimmer(paths, counting: ["items", "*"])
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: step) {
            bytes[start..<min(start + step, bytes.count)].withUnsafeBytes { skimmer.feed($0) }
        }
        return skimmer
    }

    @Test("are found only at their paths, before and after large values", arguments: [1, 3, 4096])
    func places(step: Int) {
        let paths = [["metadata", "continue"], ["items", "*", "metadata", "name"], ["kind"]]
        let skimmer = skim(
            """
            {"items": [{"name": "no", "metadata": {"x": {"name": "no"}, "y": ["name", "no"], "name" : "yes" }, "z": 1.5},
            {"metadata": {"name": "second"}}, "text", [{}]],
            "continue": "no", "metadata": {"continue": "token", "n": null}, "kind": "a\\"b", "q": {"kind": "no"}}
            """,
            step: step,
            paths
        )
        #expect(skimmer[paths[0]] == "token")
        #expect(skimmer[paths[1]] == "yes")
        #expect(skimmer[paths[2]] == nil, "strings with escapes are not recognised as names")
        #expect(skimmer.count == 2)
        #expect(skimmer.isComplete)
    }

    @Test(
        "are nil if the JSON is malformed or truncated",
        arguments: ["", "{", #"{"kind":"#, #"{"kind":"a"#, "nonsense", "[[[", #"{"a":{}"#]
    )
    func damaged(text: String) {
        let skimmer = skim(text, step: 1, [["kind"]])
        #expect(skimmer[["kind"]] == nil)
        #expect(!skimmer.isComplete)
    }

    @Test("are not found after containers that are nested too deeply")
    func depth() {
        let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        #expect(!skim(#"{"a":\#(deep),"kind":"k"}"#, step: 100, [["kind"]]).isComplete)
        let fine = String(repeating: "[", count: 250) + String(repeating: "]", count: 250)
        #expect(skim(#"{"a":\#(fine),"kind":"k"}"#, step: 100, [["kind"]])[["kind"]] == "k")
    }

    @Test("have a maximum length")
    func bound() {
        let long = String(repeating: "x", count: 4097)
        #expect(skim(#"{"kind":"\#(long)"}"#, step: 100, [["kind"]])[["kind"]] == nil)
        #expect(skim(#"{"kind":"\#(long.dropFirst())"}"#, step: 100, [["kind"]])[["kind"]]?.utf8.count == 4096)
        #expect(skim(#"{"\#(long)":1,"kind":"k"}"#, step: 100, [["kind"]])[["kind"]] == "k")
    }
}
