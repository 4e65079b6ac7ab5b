import JSON
import Testing

@testable import Kubernetes

@Suite("Manifests in any style with any change", .timeLimit(.minutes(5)))
struct ManifestEditorPropertyTests {
    @Test(
        "have the new content without being rewritten, and the diff leads from the old to the new text",
        arguments: 0..<40
    )
    func property(seed: UInt64) throws {
        var documents = StyledDocuments(seed: seed, hasAliases: false)
        for _ in 0..<50 {
            let text = documents.text()
            let result = try check(text, &documents)
            #expect(result.rewritten.map(\.line) == [], "\(text)")
        }
    }

    @Test("have the new content with anchors, aliases and merge keys too", arguments: 0..<40)
    func aliases(seed: UInt64) throws {
        var documents = StyledDocuments(seed: seed, hasAliases: true)
        for _ in 0..<50 { _ = try check(documents.text(), &documents) }
    }

    private func check(_ text: String, _ documents: inout StyledDocuments) throws -> ManifestEditor.Result {
        let bytes = Array(text.utf8)
        let manifests = try Manifests.parse(bytes, file: "f")
        let changes = manifests.map { ($0, documents.changed($0.tree)) }
        let result = ManifestEditor(bytes).result(of: changes)
        let edited = try #require(result.edits.applied(to: bytes), "\(text)")
        let read = try Manifests.parse(edited, file: "f").map(\.tree)
        #expect(read.count == changes.count)
        for (tree, change) in zip(read, changes) {
            #expect(tree.isEquivalent(to: change.1), "\(text)\nbecame\n\(String(decoding: edited, as: UTF8.self))")
        }
        let diff = UnifiedDiff.text("f", bytes, result.edits)
        #expect(try patched(bytes, with: diff) == edited, "\(String(decoding: diff, as: UTF8.self))")
        return result
    }

    /// Applies a diff as `patch` does, but without fuzz.
    private func patched(_ text: [UInt8], with diff: [UInt8]) throws -> [UInt8] {
        let old = LineDifference.lines(of: text)
        var result: [ArraySlice<UInt8>] = []
        var position = 0
        var isResult = false
        for line in LineDifference.lines(of: diff).dropFirst(2) {
            let content = line.dropFirst()
            switch line.first {
            case UInt8(ascii: "@"):
                let header = String(decoding: line, as: UTF8.self)
                let numbers = try #require(header.firstMatch(of: /@@ -(\d+)(,0)?/)?.output)
                let start = try #require(Int(numbers.1)) - (numbers.2 == nil ? 1 : 0)
                result += old[position..<start]
                position = start
            case UInt8(ascii: "\\"):
                if isResult { result[result.count - 1].removeLast() }
            default:
                isResult = line.first != UInt8(ascii: "-")
                if line.first != UInt8(ascii: "+") {
                    try #require(old[position] == content || old[position] == content.dropLast())
                    position += 1
                }
                if isResult { result.append(content) }
            }
        }
        return (result + old[position...]).flatMap(\.self)
    }
}
