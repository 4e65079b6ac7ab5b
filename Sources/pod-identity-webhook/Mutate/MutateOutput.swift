internal import ArgumentParser
internal import JSON
internal import Kubernetes

/// The output formats of `mutate`.
enum MutateOutput: String, ExpressibleByArgument, CaseIterable {
    case yaml, json, patch, diff

    /// A file of manifests.
    struct Text {
        /// The name of the file in messages.
        var name: String
        var bytes: [UInt8]
        var results: [OfflineMutator.Result]
    }

    /// The output.
    ///
    /// - Parameter warn: Called for documents that a diff has to show as rewritten.
    func bytes(_ texts: [Text], warn: (String) -> Void) -> [UInt8] {
        let results = texts.flatMap(\.results)
        switch self {
        case .yaml: return Array(results.map { Manifests.yamlBytes($0.tree) }.joined(separator: "---\n".utf8))
        case .json: return Self.json(results.map(\.tree))
        case .patch: return results.flatMap(\.reports).compactMap(\.json).flatMap(\.self)
        case .diff: return texts.flatMap { Self.diff($0, warn) }
        }
    }

    /// A single object stays as it is; several become a List, as `kubectl` prints them.
    private static func json(_ trees: [JSONTree]) -> [UInt8] {
        var tree = trees.first ?? .null
        if trees.count > 1 {
            tree = .object(["apiVersion": .string("v1"), "kind": .string("List"), "items": .array(trees)])
        }
        return tree.prettyBytes + [UInt8(ascii: "\n")]
    }

    private static func diff(_ text: Text, _ warn: (String) -> Void) -> [UInt8] {
        let result = ManifestEditor(text.bytes).result(of: text.results.map { ($0.manifest, $0.tree) })
        for manifest in result.rewritten {
            warn("\(text.name):\(manifest.line): cannot be edited in place; the diff rewrites it")
        }
        return UnifiedDiff.text(text.name, text.bytes, result.edits)
    }
}
