package import JSON

/// Changes manifests in the text that they were read from, so that comments and style are preserved.
package struct ManifestEditor {
    /// The changes that give the manifests of a text their new content.
    package struct Result: Equatable, Sendable {
        package var edits: [TextEdit] = []
        /// The documents that could not be changed in place, and are rewritten instead.
        package var rewritten: [Manifest] = []
    }

    private let bytes: [UInt8]

    /// - Parameter bytes: The text that the manifests were read from.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Parameter changes: All manifests of the text in order, each with its new content. Reading the text after the
    ///   edits gives exactly these trees, except for the order of members that come from merge keys.
    package func result(of changes: [(manifest: Manifest, tree: JSONTree)]) -> Result {
        var result = Result()
        var rest = changes[...]
        while let first = rest.first {
            let group = rest.prefix { $0.manifest.source.range == first.manifest.source.range }
            rest = rest.dropFirst(group.count)
            guard group.contains(where: { $0.manifest.tree != $0.tree }) else { continue }
            let range = first.manifest.source.range
            if let edits = edits(of: Array(group), in: SourceText(bytes: Array(bytes[range]))) {
                result.edits += edits.moved(by: range.lowerBound)
            } else {
                result.edits += rewriting(group.map(\.tree), in: range).moved(by: range.lowerBound)
                result.rewritten += group.map(\.manifest)
            }
        }
        return result
    }

    /// - Returns: Nil if the document cannot be changed in place.
    private func edits(of changes: [(manifest: Manifest, tree: JSONTree)], in text: SourceText) -> [TextEdit]? {
        let isJSON = changes.contains { $0.manifest.source.isJSON }
        guard let roots = isJSON ? JSONSourceReader.root(of: text).map({ [$0] }) : YAMLSourceReader.roots(in: text)
        else { return nil }
        for writesOutAliases in [false, true] {
            var edits: [TextEdit] = []
            for (manifest, tree) in changes {
                guard roots.indices.contains(manifest.source.index) else { return nil }
                let root = roots[manifest.source.index]
                var editor = DocumentEditor(root, in: text, isJSON: isJSON, writesOutAliases: writesOutAliases)
                editor.change(root, from: manifest.tree, to: tree, at: .root)
                editor.detachAliases()
                edits += editor.edits
            }
            edits = edits.withoutRepetitions
            if let last = roots.last, let strip = Self.strippingLineFeed(of: last, in: text, before: edits) {
                edits.append(strip)
            }
            if let edited = edits.applied(to: text.bytes), says(edited, changes.map(\.tree)) { return edits }
        }
        return nil
    }

    /// Preserves a block scalar at the end of a document when lines are added after it, with an indicator that the line
    /// feed that they need is not part of it (YAML 1.2, 8.1.1.2).
    ///
    /// - Returns: Nil if the document ends in a different way, or if the edits add nothing after the scalar or replace
    ///   it.
    private static func strippingLineFeed(
        of root: SourceNode,
        in text: SourceText,
        before edits: [TextEdit]
    ) -> TextEdit? {
        guard text.bytes.last != UInt8(ascii: "\n") else { return nil }
        let leaf = root.lastLeaf
        guard case .scalar = leaf.content, leaf.start < leaf.end, "|>".utf8.contains(text.bytes[leaf.start]),
            edits.contains(where: { $0.range.lowerBound == text.bytes.count }),
            !edits.contains(where: { $0.range.contains(leaf.start) })
        else { return nil }
        let header = text.bytes[leaf.start..<text.lineEnd(leaf.start)].prefix { !$0.isSpace }
        guard !header.contains(UInt8(ascii: "-")) else { return nil }
        let place = header.firstIndex(of: UInt8(ascii: "+")).map { $0..<$0 + 1 } ?? header.endIndex..<header.endIndex
        return TextEdit(place, "-")
    }

    private func says(_ text: [UInt8], _ trees: [JSONTree]) -> Bool {
        guard let read = try? Manifests.parse(text, file: "").map(\.tree) else { return false }
        return read.count == trees.count && zip(read, trees).allSatisfy { $0 == $1 || $0.isEquivalent(to: $1) }
    }

    private func rewriting(_ trees: [JSONTree], in range: Range<Int>) -> [TextEdit] {
        let old = Array(bytes[range])
        let needsSeparator = old.starts(with: "---".utf8) || old.starts(with: "%".utf8)
        let written = trees.map { Manifests.yamlBytes($0) }.joined(separator: "---\n".utf8)
        let new = (needsSeparator ? "---\n" : "") + String(decoding: Array(written), as: UTF8.self)
        return LineDifference.edits(from: old, to: Array(SourceText(bytes: old).withLineEnds(new).utf8))
    }
}

extension [TextEdit] {
    /// The edits without those that are repeated through an alias.
    fileprivate var withoutRepetitions: [TextEdit] {
        var seen: [Int: [TextEdit]] = [:]
        return filter { edit in
            let isNew = !(seen[edit.range.lowerBound, default: []].contains(edit))
            if isNew { seen[edit.range.lowerBound, default: []].append(edit) }
            return isNew
        }
    }
}
