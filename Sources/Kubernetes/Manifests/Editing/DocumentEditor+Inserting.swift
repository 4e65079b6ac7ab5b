internal import JSON

extension DocumentEditor {
    // MARK: In blocks

    /// Appends members to a block mapping.
    mutating func append(_ members: [JSONTree.Member], to node: SourceNode) {
        let column = text.column(node.start)
        var writer = YAMLWriter(style: style.block)
        writer.write(members, indentation: column)
        insertLines(writer.text, indentation: column, behind: node.end)
    }

    /// Inserts elements into a block sequence before the one at the index.
    mutating func insert(_ elements: [JSONTree], into node: SourceNode, _ source: [SourceNode], at index: Int) {
        let column = text.column(node.start)
        var writer = YAMLWriter(style: style.block)
        writer.write(elements, indentation: column)
        guard index == 0 else {
            return insertLines(writer.text, indentation: column, behind: source[index - 1].end)
        }
        let margin = String(repeating: " ", count: column)
        edits.append(TextEdit(node.start..<node.start, text.withLineEnds(writer.text + margin)))
    }

    /// Inserts whole lines after the line of an offset.
    mutating func insertLines(_ lines: String, indentation: Int, behind offset: Int) {
        let end = text.lineEnd(offset)
        let isOpen = end == text.bytes.count && text.bytes.last != UInt8(ascii: "\n")
        let indented = String(repeating: " ", count: indentation) + lines
        edits.append(TextEdit(end..<end, text.withLineEnds(isOpen ? "\n" + indented.droppingLineFeed : indented)))
    }

    // MARK: In brackets

    enum Item {
        case element(JSONTree)
        case member(JSONTree.Member)
    }

    /// Inserts items into a collection in brackets before the one at the index.
    mutating func insert(_ items: [Item], into node: SourceNode, at index: Int) {
        let starts = node.itemStarts
        let writer = flowWriter(for: node)
        guard let last = node.lastItemEnd, let sample = starts.last else {
            return fill(node, with: items, writer)
        }
        let hasOwnLines = text.beginsLine(sample) && !text.isOnSameLine(node.start, sample)
        let indentation = hasOwnLines ? text.indentation(sample) : nil
        let separator = indentation.map { "\n" + $0 } ?? (writer.isCompact ? "" : " ")
        let texts = items.map { writer.text($0, indentation: indentation) }
        if index < starts.count {
            let written = texts.map { $0 + "," + separator }.joined()
            return edits.append(TextEdit(starts[index]..<starts[index], text.withLineEnds(written)))
        }
        append(separator + texts.joined(separator: "," + separator), behind: last, hasOwnLines: hasOwnLines)
    }

    /// Appends items after the last one, and after the comment on its line if they get their own lines.
    private mutating func append(_ items: String, behind last: Int, hasOwnLines: Bool) {
        let next = text.skippingSpaceAndComments(last)
        let hasComma = next < text.bytes.count && text.bytes[next] == UInt8(ascii: ",")
        let end = hasComma ? next + 1 : last
        let lineEnd = text.lineEnd(end)
        let isCommented = hasOwnLines && text.bytes[end..<lineEnd].contains(UInt8(ascii: "#"))
        let place = isCommented ? text.lineWithoutEnd(lineEnd) : end
        if !hasComma { edits.append(TextEdit(end..<end, ",")) }
        edits.append(TextEdit(place..<place, text.withLineEnds(items + (hasComma && hasOwnLines ? "," : ""))))
    }

    /// Fills empty brackets.
    private mutating func fill(_ node: SourceNode, with items: [Item], _ writer: FlowWriter) {
        let isSpread = isJSON && style.spreads
        let tree = items.collection
        let written = writer.text(tree, indentation: isSpread ? text.indentation(node.start) : nil)
        edits.append(TextEdit(node.start..<node.end, text.withLineEnds(written)))
    }

    mutating func replaceInFlow(_ node: SourceNode, with new: JSONTree, _ parent: SourceNode?) {
        let indentation = isJSON && style.spreads ? text.indentation(node.start) : nil
        let written = flowWriter(for: parent ?? node).text(new, indentation: indentation)
        let isEmpty = node.start == node.end
        edits.append(TextEdit(node.start..<node.end, (isEmpty ? " " : "") + text.withLineEnds(written)))
    }

    private func flowWriter(for node: SourceNode) -> FlowWriter {
        let quotesKeys: Bool
        if case .mapping(let members) = node.content, let key = members.first {
            quotesKeys = text.bytes[key.keyStart] == UInt8(ascii: "\"")
        } else {
            quotesKeys = style.quotesFlowKeys
        }
        return FlowWriter(
            isJSON: isJSON || quotesKeys,
            isCompact: isJSON && style.isCompact,
            padsBraces: style.padsBraces,
            step: style.step
        )
    }
}

extension FlowWriter {
    fileprivate func text(_ item: DocumentEditor.Item, indentation: String?) -> String {
        switch item {
        case .element(let tree): text(tree, indentation: indentation)
        case .member(let member): text(member, indentation: indentation)
        }
    }
}

extension [DocumentEditor.Item] {
    /// The items as an object if they are members, otherwise as an array.
    fileprivate var collection: JSONTree {
        let members = compactMap { item -> JSONTree.Member? in
            if case .member(let member) = item { member } else { nil }
        }
        guard members.isEmpty else { return .object(members) }
        return .array(
            compactMap { item in
                if case .element(let tree) = item { tree } else { nil }
            }
        )
    }
}
