package import JSON
internal import YAML

/// An object in a file of manifests.
package struct Manifest: Equatable, Sendable {
    package let file: String
    /// The line, counted from 1, on which the document starts; an item of a list has the line of the list.
    package let line: Int
    package let tree: JSONTree
    package let source: Source

    /// The document of a manifest in the text that it was read from.
    package struct Source: Equatable, Sendable {
        /// In bytes. Several documents share a range if they are separated only by `...`.
        package let range: Range<Int>
        /// The index of the document in the range.
        package let index: Int
        package let isJSON: Bool
    }

    package var apiVersion: String? { tree["apiVersion"]?.string }
    package var kind: String? { tree["kind"]?.string }
    package var name: String? { tree[path: ["metadata", "name"]]?.string }
    package var namespace: String? { tree[path: ["metadata", "namespace"]]?.string }

    /// An error about the content of the manifest.
    package func error(_ reason: String) -> KubernetesError { .manifest(file: file, line: line, reason: reason) }
}

/// Reads and writes manifests in the formats of `kubectl`: YAML or JSON, with several documents in a text.
package enum Manifests {
    /// The objects of a text. JSON documents keep their lexemes; YAML is read as Kubernetes reads it (see
    /// `YAMLScalar`). Empty documents are skipped.
    ///
    /// - Parameters:
    ///   - file: The name of the text in error messages.
    ///   - flatteningLists: Whether an object whose kind ends with `List` and that has `items` is replaced by its
    ///     items.
    ///   - content: What the text should contain.
    /// - Throws: `KubernetesError.manifest`.
    package static func parse(
        _ bytes: [UInt8],
        file: String,
        flatteningLists: Bool = false,
        as content: Content = .manifests
    ) throws(KubernetesError) -> [Manifest] {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw .manifest(file: file, line: 0, reason: "the text is not UTF-8")
        }
        var manifests: [Manifest] = []
        for document in DocumentSplitter.documents(in: bytes) {
            for manifest in try self.manifests(of: document, file: file) where !manifest.tree.isNull {
                try content.check(manifest)
                manifests.append(manifest)
            }
        }
        return flatteningLists ? try flattening(manifests) : manifests
    }

    /// Replaces lists with their items.
    ///
    /// - Throws: `KubernetesError.manifest`.
    package static func flattening(_ manifests: [Manifest]) throws(KubernetesError) -> [Manifest] {
        var flat: [Manifest] = []
        for manifest in manifests { flat += try items(of: manifest) }
        return flat
    }

    /// Writes YAML in the block style of `kubectl`, ending with a line feed. Parsing it gives the same tree.
    package static func yaml(_ tree: JSONTree) -> String { String(decoding: yamlBytes(tree), as: UTF8.self) }

    /// As `yaml(_:)`, in UTF-8.
    package static func yamlBytes(_ tree: JSONTree) -> [UInt8] {
        var writer = YAMLWriter()
        writer.write(tree)
        return writer.bytes
    }

    private static func manifests(
        of document: DocumentSplitter.Document,
        file: String
    ) throws(KubernetesError) -> [Manifest] {
        guard document.looksLikeJSON else { return try yaml(document, file: file) }
        do {
            return try DocumentSplitter.jsonDocuments(in: document).map { part in
                let source = Manifest.Source(range: part.bytes.indices, index: 0, isJSON: true)
                return Manifest(file: file, line: part.line, tree: try JSONTree(parsing: part.bytes), source: source)
            }
        } catch {
            return try flowStyle(document, file: file)
        }
    }

    private static func yaml(
        _ document: DocumentSplitter.Document,
        file: String
    ) throws(KubernetesError) -> [Manifest] {
        do {
            let documents = try YAMLReader.documents(in: document.bytes, firstLine: document.line)
            return documents.enumerated().map { index, found in
                let source = Manifest.Source(range: document.bytes.indices, index: index, isJSON: false)
                return Manifest(file: file, line: found.line, tree: found.tree, source: source)
            }
        } catch {
            throw .manifest(file: file, line: error.line, reason: error.reason)
        }
    }

    /// Text in braces that is not JSON may still be YAML. If it is neither, the parser that got further reports the
    /// error.
    private static func flowStyle(
        _ document: DocumentSplitter.Document,
        file: String
    ) throws(KubernetesError) -> [Manifest] {
        do {
            return try yaml(document, file: file)
        } catch {
            guard case .manifest(_, let yamlLine, _) = error else { throw error }
            for part in DocumentSplitter.jsonDocuments(in: document) {
                do {
                    _ = try JSONTree(parsing: part.bytes)
                } catch .malformedLine(let line, let reason) where part.line + line - 1 >= yamlLine {
                    throw .manifest(file: file, line: part.line + line - 1, reason: "malformed JSON: \(reason)")
                } catch {}
            }
            throw error
        }
    }

    /// The items of a list, which need not name their type if all items of the list have the same type
    /// (`ServiceAccountList`).
    private static func items(of manifest: Manifest) throws(KubernetesError) -> [Manifest] {
        guard let kind = manifest.kind, kind.hasSuffix("List"), let items = manifest.tree["items"] else {
            return [manifest]
        }
        if items.isNull { return [] }
        guard let elements = items.elements else { throw manifest.error("the items of this \(kind) are not a list") }
        var manifests: [Manifest] = []
        for (index, element) in elements.enumerated() {
            guard var members = element.members else {
                throw manifest.error("item \(index) of this \(kind) is not an object")
            }
            if element["kind"] == nil, kind != "List" {
                members.insert(.init(key: JSONString("kind"), value: .string(String(kind.dropLast(4)))), at: 0)
                if element["apiVersion"] == nil, let version = manifest.tree["apiVersion"] {
                    members.insert(.init(key: JSONString("apiVersion"), value: version), at: 0)
                }
            }
            let item = Manifest(
                file: manifest.file,
                line: manifest.line,
                tree: .object(members),
                source: manifest.source
            )
            manifests += try self.items(of: item)
        }
        return manifests
    }
}
