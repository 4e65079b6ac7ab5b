internal import JSON

/// The style of a document, so that additions to it look the same. Anything that a document does not show is written as
/// `kubectl` does.
struct SourceStyle {
    var block = YAMLWriter.Style()
    /// One level of indentation in brackets that span lines.
    var step = "  "
    /// Whether collections in brackets span lines as a rule.
    var spreads = false
    /// Whether a colon in JSON has no space after it.
    var isCompact = false
    /// Whether keys in braces are quoted.
    var quotesFlowKeys = false
    /// Whether braces have spaces on their inner sides: `{ a: b }`.
    var padsBraces = false

    init(of root: SourceNode, in text: SourceText) {
        var survey = Survey(text: text)
        survey.visit(root)
        block.mapping = survey.mapping.mostCommon ?? block.mapping
        block.list = survey.list.mostCommon ?? block.list
        block.element = survey.element.mostCommon ?? block.element
        step = survey.step.mostCommon ?? step
        spreads = !survey.step.isEmpty
        isCompact = survey.compact.mostCommon ?? false
        quotesFlowKeys = survey.quotation.mostCommon ?? false
        padsBraces = survey.padding.mostCommon ?? false
    }

    /// Counts the styles of collections.
    private struct Survey {
        let text: SourceText
        var mapping: [Int: Int] = [:]
        var list: [Int: Int] = [:]
        var element: [Int: Int] = [:]
        var step: [String: Int] = [:]
        var padding: [Bool: Int] = [:]
        var compact: [Bool: Int] = [:]
        var quotation: [Bool: Int] = [:]

        mutating func visit(_ node: SourceNode) {
            if node.isFlow { visitFlow(node) }
            switch node.content {
            case .mapping(let members):
                for member in members {
                    if node.isFlow { noteFlow(member) } else { note(member) }
                    visit(member.value)
                }
            case .sequence(let elements):
                for (index, element) in elements.enumerated() {
                    if !node.isFlow, index == 0 { noteElement(element, of: node) }
                    visit(element)
                }
            default: break
            }
        }

        private mutating func note(_ member: SourceNode.Member) {
            let value = member.value
            guard !value.isFlow, !text.isOnSameLine(member.keyStart, value.start) else { return }
            let depth = text.column(value.start) - text.column(member.keyStart)
            switch value.content {
            case .mapping where depth > 0: mapping[depth, default: 0] += 1
            case .sequence where depth >= 0: list[depth, default: 0] += 1
            default: break
            }
        }

        private mutating func noteElement(_ element: SourceNode, of list: SourceNode) {
            // An element without content is directly after its dash.
            guard element.start > list.start + 1, text.isOnSameLine(list.start, element.start) else { return }
            self.element[element.start - list.start, default: 0] += 1
        }

        private mutating func noteFlow(_ member: SourceNode.Member) {
            guard member.value.start > member.keyStart else { return }
            quotation[text.bytes[member.keyStart] == UInt8(ascii: "\""), default: 0] += 1
            compact[text.bytes[member.value.start - 1] == UInt8(ascii: ":"), default: 0] += 1
        }

        private mutating func visitFlow(_ node: SourceNode) {
            guard let first = node.itemStarts.first else { return }
            if text.isOnSameLine(node.start, first) {
                if case .mapping = node.content { padding[first > node.start + 1, default: 0] += 1 }
            } else {
                let (outer, inner) = (text.indentation(node.start), text.indentation(first))
                if inner.utf8.count > outer.utf8.count, inner.hasPrefix(outer) {
                    step[String(inner.dropFirst(outer.count)), default: 0] += 1
                }
            }
        }
    }
}

extension Dictionary where Value == Int {
    fileprivate var mostCommon: Key? { self.max { $0.value < $1.value }?.key }
}
