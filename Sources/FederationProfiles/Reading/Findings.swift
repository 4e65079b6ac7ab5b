internal import JSON
internal import YAML

/// Collects the problems of a document while it is read. Reading continues after a finding.
struct Findings {
    struct Finding: Equatable {
        let path: [YAMLLines.Step]
        let reason: String
    }

    /// A few more than an error keeps are enough to know that there are more.
    private static let maximumCount = 1000
    private static let longestReason = 512

    private(set) var all: [Finding] = []

    var isEmpty: Bool { all.isEmpty }

    mutating func add(_ reason: String, at path: [YAMLLines.Step]) {
        guard all.count < Self.maximumCount else { return }
        let finding = Finding(path: path, reason: reason.cut(to: Self.longestReason))
        if !all.contains(finding) { all.append(finding) }
    }

    mutating func add(_ reason: String, at node: ProfileNode) { add(reason, at: node.path) }
}

extension [YAMLLines.Step] {
    /// The path in the usual notation, such as `volumes[0].mount`.
    var place: String {
        var text = ""
        for step in self {
            switch step {
            case .key(let key): text += (text.isEmpty ? "" : ".") + key.cut(to: 64)
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}
