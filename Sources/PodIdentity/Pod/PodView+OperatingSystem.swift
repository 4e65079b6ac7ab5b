internal import JSON

extension PodView {
    /// Whether the pod can only run on Windows nodes, because its node selector, `spec.os.name`, or every term of its
    /// required node affinity asks for Windows. The terms are alternatives.
    package var isForWindows: Bool {
        if let selector = spec["nodeSelector"] {
            for label in ["kubernetes.io/os", "beta.kubernetes.io/os"] where selector.member(label)?.isWindows ?? false
            {
                return true
            }
        }
        if spec["os"]?["name"]?.isWindows ?? false { return true }
        let required = spec["affinity"]?["nodeAffinity"]?["requiredDuringSchedulingIgnoredDuringExecution"]
        guard let terms = required?["nodeSelectorTerms"]?.elements.map({ $0 }), !terms.isEmpty else { return false }
        return terms.allSatisfy { term in
            term["matchExpressions"]?.elements.contains(where: \.asksForWindows) ?? false
        }
    }
}

extension JSONValue {
    fileprivate var isWindows: Bool { text.map { $0 == "windows" } ?? false }

    /// Whether only Windows nodes meet a node selector requirement (`core/v1` NodeSelectorRequirement).
    fileprivate var asksForWindows: Bool {
        guard let key = self["key"]?.text, key == "kubernetes.io/os" || key == "beta.kubernetes.io/os" else {
            return false
        }
        guard self["operator"]?.text.map({ $0 == "In" }) ?? false else { return false }
        let values = self["values"]?.elements.map { $0 } ?? []
        return !values.isEmpty && values.allSatisfy(\.isWindows)
    }
}
