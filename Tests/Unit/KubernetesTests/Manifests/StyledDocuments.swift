import JSON
import TestSupport

/// YAML and JSON texts in all the styles that people use, and changes to their content.
struct StyledDocuments {
    private var random: SeededGenerator
    private let hasAliases: Bool
    /// The indentation of a level of the document, in columns.
    private var step = 2
    /// The indentation of lists in their mappings, in columns.
    private var listStep = 0
    /// The spaces after a dash.
    private var gap = " "
    private var isCommented = true
    /// The anchors so far, and whether each is on a mapping.
    private var anchors: [(name: String, isMapping: Bool)] = []

    private var anchorCount = 0

    init(seed: UInt64, hasAliases: Bool) {
        random = SeededGenerator(seed: seed)
        self.hasAliases = hasAliases
    }

    private mutating func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: items.indices, using: &random)] }

    private mutating func happens(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    // MARK: Texts

    mutating func text() -> String {
        var text = (0..<pick([1, 1, 2, 3])).map { _ in document() }.joined(separator: pick(["---\n", "--- # c\n"]))
        if happens(20) { text = text.replacing("\n", with: "\r\n") }
        if happens(20), text.hasSuffix("\n") { text.removeLast() }
        return happens(10) ? "\u{feff}" + text : text
    }

    private mutating func document() -> String {
        step = pick([2, 2, 4, 1])
        listStep = pick([0, step])
        gap = pick([" ", " ", "   "])
        isCommented = happens(70)
        anchors = []
        if happens(20) { return json(depth: 0, indentation: happens(50) ? "" : nil) + "\n" }
        if happens(10) { return flow(depth: 0, isMapping: true) + "\n" }
        return (happens(10) ? "# c\n" : "") + mapping(column: 0, depth: 0)
    }

    private mutating func keys(upTo count: Int) -> ArraySlice<String> {
        ["a", "b", "c d", "x/y", "é", "n"].shuffled(using: &random).prefix(.random(in: 1...count, using: &random))
    }

    // MARK: Blocks

    /// The lines of a mapping. The first one is indented too.
    private mutating func mapping(column: Int, depth: Int) -> String {
        let margin = String(repeating: " ", count: column)
        var lines = ""
        if hasAliases, happens(20), let base = anchors.last(where: \.isMapping) {
            lines += margin + "<<: *\(base.name)\n"
        }
        for key in keys(upTo: 3) {
            lines +=
                margin + pick([key, key, "\"\(key)\"", "'\(key)'"]) + ":"
                + value(column: column, depth: depth, inList: false)
            if isCommented, happens(10) { lines += margin + pick(["# c\n", "\n", "  # - c: d\n"]) }
        }
        return lines
    }

    private mutating func sequence(column: Int, depth: Int) -> String {
        let margin = String(repeating: " ", count: column)
        var lines = ""
        for _ in 0..<pick([1, 2, 3]) {
            lines += margin + "-"
            if happens(50) {
                lines += gap + mapping(column: column + 1 + gap.count, depth: depth + 1).drop { $0 == " " }
            } else {
                lines += value(column: column, depth: depth, inList: true)
            }
            if isCommented, happens(10) { lines += margin + pick(["# c\n", "\n"]) }
        }
        return lines
    }

    /// The text after a colon or dash, including the end of the line.
    private mutating func value(column: Int, depth: Int, inList: Bool) -> String {
        if hasAliases, happens(15), let anchor = anchors.randomElement(using: &random) {
            return " *\(anchor.name)" + end()
        }
        guard depth < 4, happens(60) else { return happens(15) ? block(column: column) : leaf(depth: depth) }
        let isMapping = happens(50)
        let anchor = newAnchor()
        let text =
            isMapping
            ? mapping(column: column + (inList ? 1 + gap.count : step), depth: depth + 1)
            : sequence(column: column + (inList ? 1 + gap.count : listStep), depth: depth + 1)
        if let anchor { anchors.append((anchor, isMapping)) }
        return (anchor.map { " &\($0)" } ?? "") + end() + text
    }

    private mutating func leaf(depth: Int) -> String {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return pick(["", " null", " ~"]) + end()
        case 1, 2: return " " + flow(depth: depth, isMapping: happens(50)) + end()
        default: return " " + scalar() + end()
        }
    }

    private mutating func block(column: Int) -> String {
        let margin = String(repeating: " ", count: column + step)
        let header = pick(["|", "|-", "|+", ">", ">-"])
        return " " + header + "\n" + margin + pick(["x: y\n", "# x\n\(margin)  y\n", "x\n\n\(margin)y\n\n", "é\n"])
    }

    private mutating func end() -> String { isCommented && happens(15) ? pick([" # c\n", "  # \"'[{\n"]) : "\n" }

    private mutating func newAnchor() -> String? {
        guard hasAliases, happens(40) else { return nil }
        anchorCount += 1
        return "x\(anchorCount)"
    }

    // MARK: Brackets

    private mutating func scalar() -> String {
        pick(["x", "1", "yes", "\"a, b\"", "'it''s'", "\"\\u00e9\\\"\"", "a b", "'#'", "-1.50", "\"\"", "é"])
    }

    private mutating func flow(depth: Int, isMapping: Bool) -> String {
        let padding = isMapping ? pick(["", " "]) : ""
        let comma = pick([", ", ", ", ","])
        let isEmpty = depth > 0 && happens(20)
        var items: [String] = []
        for key in keys(upTo: 3) where !isEmpty {
            let value = depth < 4 && happens(30) ? flow(depth: depth + 1, isMapping: happens(50)) : scalar()
            items.append(isMapping ? pick([key, "\"\(key)\""]) + ": " + value : value)
        }
        let text = items.isEmpty ? "" : padding + items.joined(separator: comma) + pick(["", "", comma]) + padding
        return isMapping ? "{\(text)}" : "[\(text)]"
    }

    /// - Parameter indentation: The indentation of the line; nil for a value on one line.
    private mutating func json(depth: Int, indentation: String?) -> String {
        let isMapping = depth == 0 || happens(50)
        guard depth == 0 || depth < 4 && happens(50) else {
            return pick(["1", "\"x\"", "null", "\"\\ud83d\\ude00\"", "{}", "[]"])
        }
        let inner = indentation.map { $0 + "  " }
        var items: [String] = []
        for key in keys(upTo: 3) {
            let value = json(depth: depth + 1, indentation: inner)
            items.append(isMapping ? "\"\(key)\":\(inner == nil ? "" : " ")\(value)" : value)
        }
        let text = inner.map { inner in
            "\n" + items.map { inner + $0 }.joined(separator: ",\n") + "\n" + (indentation ?? "")
        }
        let content = text ?? items.joined(separator: ",")
        return isMapping ? "{\(content)}" : "[\(content)]"
    }

    // MARK: Changes

    /// The tree with added members and elements, and replaced values.
    mutating func changed(_ tree: JSONTree) -> JSONTree {
        switch tree {
        case .object(var members):
            for index in members.indices where happens(50) { members[index].value = changed(members[index].value) }
            if happens(30) { members.append(.init(key: JSONString(pick(["new", "yes", "p.q/r"])), value: added())) }
            return .object(members)
        case .array(var elements):
            for index in elements.indices where happens(30) { elements[index] = changed(elements[index]) }
            if happens(30) { elements.append(added()) }
            if happens(10) { elements.insert(added(), at: 0) }
            return .array(elements)
        default: return happens(30) ? added() : tree
        }
    }

    private mutating func added() -> JSONTree {
        pick([
            .string("x"), .string("arn:aws:iam::1:role/r"), .string("yes"), .literal("7200"), .object([:]), .null,
            .object(["name": .string("a"), "value": .string("b, c")]),
            .array([.object(["s": .object(["path": .string("/t"), "l": .array([.literal("1"), .string("2")])])])]),
        ])
    }
}
