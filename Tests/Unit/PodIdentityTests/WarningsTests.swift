import JSON
import KubernetesObjects
import PodIdentity
import Testing

@Suite("Text from an object's author is limited:", .timeLimit(.minutes(5)))
struct WarningsTests {
    @Test("the number of warnings, of which further ones are only counted")
    func count() {
        var warnings = Warnings()
        var made = 0
        func text() -> String {
            made += 1
            return "w\(made)"
        }
        for _ in 0..<100_000 { warnings.append(text()) }
        #expect(made == Warnings.maximumCount && warnings.count == 100_000)
        #expect(warnings.lines.last == "and \(100_000 - Warnings.maximumCount) more")
        var more: Warnings = ["first"]
        more += warnings
        #expect(more.texts.count == Warnings.maximumCount && more.count == 100_001)
    }

    @Test("the length of each warning in bytes", arguments: ["a", "é", "€", "🙂", "e\u{301}\u{302}"])
    func length(_ character: String) {
        let warnings: Warnings = [String(repeating: character, count: 100_000)]
        let text = warnings.texts[0]
        #expect(text.utf8.count <= Warnings.maximumBytes && text.utf8.count > Warnings.maximumBytes - 7)
        #expect(text.hasSuffix("…") && !text.unicodeScalars.contains("\u{fffd}"))
    }

    @Test("the length of an annotation, whose cut is recognisable")
    func annotations() {
        var annotations = Annotations()
        annotations["k"] = String(repeating: "v", count: 3_000_000)
        let value = annotations["k"] ?? ""
        #expect(value.utf8.count == Annotations.maximumValue && Annotations.isCut(value))
        annotations["k"] = String(repeating: "v", count: Annotations.maximumValue)
        #expect(annotations["k"]?.count == Annotations.maximumValue && !Annotations.isCut(annotations["k"] ?? ""))
    }

    @Test(
        "the length of names, because names that are longer than in Kubernetes make the pod malformed",
        arguments: [
            #"{"metadata": {"name": "N"}, "spec": {}}"#, #"{"metadata": {"generateName": "N"}, "spec": {}}"#,
            #"{"spec": {"serviceAccountName": "N"}}"#, #"{"spec": {"serviceAccount": "N"}}"#,
            #"{"spec": {"containers": [{"name": "N"}]}}"#, #"{"spec": {"initContainers": [{"name": "N"}]}}"#,
        ]
    )
    func names(_ pod: String) throws {
        func view(_ length: Int) throws {
            let text = pod.replacing("\"N\"", with: "\"\(String(repeating: "n", count: length))\"")
            try JSONParser().parse(Array(text.utf8)) { _ = try PodView($0, namespace: "n") }
        }
        try view(NamespacedName.maximumBytes)
        let error = #expect(throws: MalformedPod.self) { try view(1_000_000) }
        #expect("\(try #require(error))".hasSuffix("must have at most 253 bytes, not 1000000"))
    }

    @Test("the error message about an invalid label")
    func labels() {
        let text = #"{"metadata": {"labels": {""# + String(repeating: "k", count: 1_000_000) + #"": 1}}, "spec": {}}"#
        let error = #expect(throws: MalformedPod.self) {
            try JSONParser().parse(Array(text.utf8)) { _ = try PodView($0, namespace: "n") }
        }
        #expect(error.map { "\($0)".utf8.count < 400 } ?? false)
    }
}
