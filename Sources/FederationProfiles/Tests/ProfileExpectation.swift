internal import JSON
internal import PodIdentity

/// What a test expects a pod to get. Only the fields that are present are compared, but exactly:
/// ```yaml
/// expected:
///   outcome: given               # given (the default), none, skipped or denied
///   message: must be one of      # a part of the message with which the pod is denied
///   warnings: [below the minimum]    # a part of each warning, in order; [] for none
///   identity: a@b
///   containers: [app]            # the containers of the pod that get something
///   environment: {NAME: value, OTHER: {fieldRef: metadata.name}}     # all variables, the same in every container
///   replaced: [NAME]             # the variables that replace what a container sets
///   volumes:                     # all volumes, by name
///     token: {mount: /var/run/secrets/x, mode: "0440", sources: [{token: {path: token, audience: a, expiration: 3600}}]}
///     scratch: {mount: /var/run/scratch, writable: true}
///   mounts: {token: /var/run/secrets/x}    # the short form
///   files: {credentials.json: {type: external_account}}    # JSON as values, other files as texts
///   annotations: {audience: a}   # without those with files; keys without a slash get the profile's prefix
///   labels: {}
/// ```
struct ProfileExpectation {
    private static let fields = [
        "outcome", "message", "warnings", "identity", "containers", "environment", "replaced", "volumes", "mounts",
        "files", "annotations", "labels",
    ]

    private var outcome = "given"
    private var message: String?
    private var warnings: [String]?
    /// The values that are compared as a whole.
    private var values: [(name: String, tree: JSONTree)] = []

    init(_ node: ProfileNode, _ profile: Profile, _ findings: inout Findings) {
        let fields = node.fields(Self.fields, &findings)
        if let node = fields["outcome"], let text = node.text(&findings) {
            outcome = text
            if !["given", "none", "skipped", "denied"].contains(text) {
                findings.add("must be given, none, skipped or denied", at: node)
            }
        }
        message = fields.text("message", &findings)
        warnings = fields["warnings"]?.list(&findings).compactMap { $0.text(&findings) }
        for name in Self.fields.dropFirst(3) {
            guard let node = fields[name] else { continue }
            var tree = node.tree
            if name == "annotations" || name == "labels" {
                tree = .object(
                    ProfileTest.keyed(node, profile, &findings).sorted { $0.key < $1.key }.map {
                        JSONTree.Member(key: JSONString($0.key), value: .string($0.value))
                    }
                )
            }
            values.append((name, tree))
        }
        if outcome != "given", let first = values.first {
            findings.add("a pod that gets nothing has no \(first.name)", at: node)
        }
        if message != nil, outcome != "denied" { findings.add("only a pod that is denied has a message", at: node) }
    }

    /// - Returns: A line for each difference.
    func differences(from evaluation: Evaluation, containers: [String]) -> [String] {
        var differences: [String] = []
        let found = evaluation.outcome.word
        if found.word != outcome {
            differences.append(
                "outcome: expected \(outcome), found \(found.word)\(found.detail.map { " (\($0))" } ?? "")"
            )
        } else if let message, found.detail?.contains(message) != true {
            differences.append("message: expected \"\(message)\" in \"\(found.detail ?? "")\"")
        }
        if let warnings {
            let texts = evaluation.warnings.texts
            if warnings.count != texts.count || !zip(warnings, texts).allSatisfy({ $1.contains($0) }) {
                differences.append("warnings: expected \(warnings), found \(texts)")
            }
        }
        guard case .given(let injection) = evaluation.outcome, found.word == outcome else { return differences }
        let rendered = injection.rendered(containers: containers)
        for (name, expected) in values {
            TreeDifference.add(&differences, at: name, expected: expected, found: rendered[name])
        }
        return differences
    }
}

extension Evaluation.Outcome {
    /// The word for the outcome in tests, and the reason if there is one.
    package var word: (word: String, detail: String?) {
        switch self {
        case .none: ("none", nil)
        case .skipped: ("skipped", nil)
        case .denied(let reason): ("denied", reason)
        case .given: ("given", nil)
        case .needs: ("none", "more must be looked up")
        case .unavailable(_, let reason): ("skipped", reason)
        }
    }
}

enum TreeDifference {
    /// - Parameter found: Nil if there is nothing.
    static func add(_ differences: inout [String], at place: String, expected: JSONTree?, found: JSONTree?) {
        switch (expected, found) {
        case (.object(let members)?, let .object(others)?):
            let names = (members + others).map(\.key.value).reduce(into: [String]()) {
                if !$0.contains($1) { $0.append($1) }
            }
            for name in names {
                add(&differences, at: "\(place).\(name)", expected: expected?[name], found: found?[name])
            }
        case (.array(let elements)?, .array(let others)?) where elements.count == others.count:
            for (index, pair) in zip(elements, others).enumerated() {
                add(&differences, at: "\(place)[\(index)]", expected: pair.0, found: pair.1)
            }
        case (nil, nil): return
        case (let expected?, let found?) where expected == found: return
        default: differences.append("\(place): expected \(shown(expected)), found \(shown(found))")
        }
    }

    private static func shown(_ tree: JSONTree?) -> String {
        tree.map { String(decoding: $0.bytes, as: UTF8.self).cut(to: 256) } ?? "nothing"
    }
}
