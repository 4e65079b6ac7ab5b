internal import JSON

/// Finds the edits that turn the text of a document into one with different content. Whether they do so must be checked
/// by parsing the result, because with aliases a text can mean more than it shows.
struct DocumentEditor {
    /// The place of a value in its collection.
    enum Place {
        case root
        /// A value in a block mapping whose keys are in this column.
        case member(column: Int)
        /// An element of a block sequence whose dashes are in this column.
        case element(column: Int)
        /// An item of a collection in brackets.
        case flow(SourceNode)
    }

    let text: SourceText
    let style: SourceStyle
    let isJSON: Bool
    /// Whether the value of an alias is written out where it must change, instead of being changed at the anchor.
    let writesOutAliases: Bool
    var edits: [TextEdit] = []
    /// Aliases of values that do not change.
    private var unchangedAliases: [(node: SourceNode, value: JSONTree, place: Place)] = []

    init(_ root: SourceNode, in text: SourceText, isJSON: Bool, writesOutAliases: Bool) {
        self.text = text
        self.isJSON = isJSON
        self.writesOutAliases = writesOutAliases
        style = SourceStyle(of: root, in: text)
    }

    // MARK: Values

    mutating func change(_ node: SourceNode, from old: JSONTree, to new: JSONTree, at place: Place) {
        guard old != new || writesOutAliases else { return }
        if node.isAlias {
            guard writesOutAliases else { return change(node.target, from: old, to: new, at: place) }
            guard old != new else { return unchangedAliases.append((node, new, place)) }
            return replace(node, with: new, at: place)
        }
        switch (node.content, old, new) {
        case (.mapping(let source), .object(let before), .object(let after))
        where !source.isEmpty && keeps(before, after):
            change(node, source, from: old, to: after)
        case (.sequence(let source), .array(let before), .array(let after))
        where !source.isEmpty && source.count == before.count && !after.isEmpty:
            change(node, source, from: before, to: after)
        case (.mapping(let source), .object, .object(let after))
        where source.isEmpty && node.isFlow && isIn(flow: place):
            insert(after.map { .member($0) }, into: node, at: 0)
        case (.sequence(let source), .array, .array(let after))
        where source.isEmpty && node.isFlow && isIn(flow: place):
            insert(after.map { .element($0) }, into: node, at: 0)
        default: if old != new { replace(node, with: new, at: place) }
        }
    }

    /// Writes out the aliases that would change together with the nodes that they refer to.
    mutating func detachAliases() {
        var rest = unchangedAliases
        while let index = rest.firstIndex(where: { isEdited($0.node.target) }) {
            let alias = rest.remove(at: index)
            replace(alias.node, with: alias.value, at: alias.place)
        }
    }

    private func isEdited(_ node: SourceNode) -> Bool {
        let range = node.start...text.lineEnd(node.end)
        return edits.contains { range.overlaps($0.range.lowerBound...$0.range.upperBound) }
    }

    private func isIn(flow place: Place) -> Bool {
        if case .flow = place { true } else { isJSON }
    }

    /// Whether all keys still exist.
    private func keeps(_ before: [JSONTree.Member], _ after: [JSONTree.Member]) -> Bool {
        let keys = Set(after.map(\.key))
        return before.allSatisfy { keys.contains($0.key) }
    }

    private mutating func change(
        _ node: SourceNode,
        _ source: [SourceNode.Member],
        from old: JSONTree,
        to after: [JSONTree.Member]
    ) {
        let place = node.isFlow ? Place.flow(node) : .member(column: text.column(node.start))
        let oldValues = (old.members ?? []).byKey
        let own = source.byKey
        var added: [JSONTree.Member] = []
        for member in after {
            guard let before = oldValues[member.key] else {
                added.append(member)
                continue
            }
            if let own = own[member.key] {
                change(own.value, from: before, to: member.value, at: place)
            } else if before != member.value {
                if writesOutAliases {
                    added.append(member)
                } else if let merged = node.mergedValue(member.key.value) {
                    change(merged, from: before, to: member.value, at: place)
                }
            }
        }
        guard !added.isEmpty else { return }
        if node.isFlow {
            insert(added.map { .member($0) }, into: node, at: source.count)
        } else {
            append(added, to: node)
        }
    }

    /// Changes the elements of a sequence. Elements that still exist are kept. Among those in between, the first ones
    /// are changed into each other, and the rest is inserted. If elements disappear, the whole sequence is rewritten.
    private mutating func change(
        _ node: SourceNode,
        _ source: [SourceNode],
        from before: [JSONTree],
        to after: [JSONTree]
    ) {
        guard let steps = SequenceAlignment.steps(from: before, to: after) else {
            return replace(node, with: .array(after), at: node.isFlow ? .flow(node) : .root)
        }
        let place = node.isFlow ? Place.flow(node) : .element(column: text.column(node.start))
        for step in steps {
            switch step {
            case .change(let old, let new): change(source[old], from: before[old], to: after[new], at: place)
            case .insert(let range, let index):
                let elements = Array(after[range])
                if node.isFlow {
                    insert(elements.map { .element($0) }, into: node, at: index)
                } else {
                    insert(elements, into: node, source, at: index)
                }
            }
        }
    }

    private mutating func replace(_ node: SourceNode, with new: JSONTree, at place: Place) {
        if case .flow(let parent) = place { return replaceInFlow(node, with: new, parent) }
        guard !isJSON else { return replaceInFlow(node, with: new, nil) }
        let isCollection = !(new.elements?.isEmpty ?? true) || !(new.members?.isEmpty ?? true)
        var writer = YAMLWriter(style: style.block)
        guard isCollection, case .member(let column) = place, !node.isBlockCollection else {
            let column = text.column(node.start)
            writer.write(new, indentation: isCollection ? column : max(column - 2, 0))
            let written = text.withLineEnds(writer.text.droppingLineFeed)
            return edits.append(TextEdit(node.start..<node.end, (node.start == node.end ? " " : "") + written))
        }
        let start = node.start == node.end ? node.start : text.skippingSpacesBackwards(node.start)
        let indentation = column + (new.elements == nil ? style.block.mapping : style.block.list)
        writer.write(new, indentation: indentation)
        if text.isOnSameLine(node.start, node.end) {
            // The collection gets its own lines, after a comment on the key's line.
            if start < node.end { edits.append(TextEdit(start..<node.end, "")) }
            insertLines(writer.text, indentation: indentation, behind: node.end)
        } else {
            let margin = String(repeating: " ", count: indentation)
            let lines = "\n" + margin + writer.text.droppingLineFeed
            edits.append(TextEdit(start..<node.end, text.withLineEnds(lines)))
        }
    }
}

extension [JSONTree.Member] {
    /// The values by key, the first one for each.
    fileprivate var byKey: [JSONString: JSONTree] { Dictionary(map { ($0.key, $0.value) }) { first, _ in first } }
}

extension [SourceNode.Member] {
    /// The members that are not merge keys by key, the first one for each.
    fileprivate var byKey: [JSONString: SourceNode.Member] {
        Dictionary(filter { !$0.isMerge }.map { (JSONString($0.key), $0) }) { first, _ in first }
    }
}

extension SourceNode {
    fileprivate var isBlockCollection: Bool {
        switch content {
        case .mapping, .sequence: !isFlow
        case .alias, .scalar: false
        }
    }
}

extension String {
    var droppingLineFeed: String { utf8.last == UInt8(ascii: "\n") ? String(dropLast()) : self }
}
