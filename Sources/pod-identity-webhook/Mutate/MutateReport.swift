internal import JSON
internal import KubernetesObjects
internal import PodIdentity
internal import ServiceSupport

/// The report about an object, or about one of its pods.
struct MutateReport {
    struct Pod {
        /// The place of the pod or the template in its object.
        var path: JSONPointer
        /// Whether the object has several pods, so that the report must include the place.
        var isOneOfMany: Bool
        var serviceAccount: NamespacedName?
        var reason: Reason
        var identity: String?
        /// The result for each cloud; empty if there is only one.
        var parts: [MutationResult.Part] = []
        /// Why the pod is denied; nil if it is not.
        var denial: Denial?
        var warnings: Warnings
        /// A JSON patch of the object.
        var patch: JSONTree
        /// Whether another file could have contained the pod's ServiceAccount.
        var lacksServiceAccount = false
    }

    enum Outcome {
        case pod(Pod)
        /// A ServiceAccount, and what is wrong with it.
        case serviceAccount(Warnings)
        /// There is no pod, perhaps because something that looks like one is malformed.
        case noPod(problem: String?)
    }

    /// Whether the object comes from an AdmissionReview rather than a manifest.
    var isReview = false
    var apiVersion: String
    var kind: String
    var namespace: String
    var name: String
    var outcome: Outcome

    var pod: Pod? {
        if case .pod(let pod) = outcome { pod } else { nil }
    }

    var warnings: Warnings {
        switch outcome {
        case .pod(let pod): pod.warnings
        case .serviceAccount(let warnings): warnings
        case .noPod: []
        }
    }

    /// Whether the pod should have an identity but has none that it can use.
    var isLoss: Bool {
        guard let pod else { return false }
        return pod.denial != nil || pod.reason.leavesPodWithoutIdentity
    }

    /// Whether the ServiceAccount that the pod names is not in the input. Every namespace has one called `default`, which
    /// seldom has annotations.
    var lacksServiceAccount: Bool {
        guard let pod, let account = pod.serviceAccount else { return false }
        return pod.lacksServiceAccount && account.name != "default"
    }

    // MARK: Text

    /// The report in lines, each ending with a line feed.
    var text: String { lines.map { $0.onlyPrintable + "\n" }.joined() }

    private var lines: [String] {
        [headline] + parts.map { "  \($0)" } + warnings.lines.map { "  warning: \($0)" } + hints.map { "  hint: \($0)" }
    }

    private var subject: String {
        let kind = kind.isEmpty ? "an object without a kind" : kind
        let name = namespace.isEmpty ? name : "\(namespace)/\(name)"
        return (isReview ? "AdmissionReview of " : "") + (name.isEmpty ? kind : "\(kind) \(name)")
    }

    private var headline: String {
        switch outcome {
        case .pod(let pod):
            let place = pod.isOneOfMany ? " at \(pod.path)" : ""
            let account = pod.serviceAccount.map { "ServiceAccount \($0)" } ?? "no ServiceAccount"
            let start = "\(subject)\(place) (\(account)): "
            if let denial = pod.denial { return "\(start)denied: \(pod.reason): \(denial.message)" }
            return "\(start)\(pod.reason)\(pod.parts.isEmpty ? pod.identity.map { ": \($0)" } ?? "" : "")"
        case .serviceAccount: return "\(subject): \(Reason.serviceAccountChecked)"
        case .noPod(nil): return "\(subject): no pod in it"
        case .noPod(let problem?): return "\(subject): no pod in it: \(problem)"
        }
    }

    /// The results of the clouds that do something, if there are several.
    private var parts: [String] {
        pod?.parts.filter { $0.reason.severity != .none }.map { part in
            "\(part.cloud): \(part.reason)\(part.identity.map { ": \($0)" } ?? "")"
        } ?? []
    }

    private var hints: [String] {
        guard let pod, pod.lacksServiceAccount, let account = pod.serviceAccount else { return [] }
        return ["the ServiceAccount \(account) is not in the input; pass its file with --service-accounts"]
    }

    // MARK: JSON

    /// The pod's patch as one line of JSON, with its object; nil if there is no pod.
    var json: [UInt8]? {
        guard let pod else { return nil }
        var writer = JSONWriter()
        writer.object {
            $0.member("apiVersion", apiVersion)
            $0.member("kind", kind)
            $0.member("namespace", namespace)
            $0.member("name", name)
            $0.member("path", pod.path.description)
            if let account = pod.serviceAccount { $0.member("serviceAccount", account.name) }
            $0.member("reason", pod.reason.rawValue)
            if let identity = pod.identity { $0.member("identity", identity) }
            pod.writeClouds(to: &$0)
            if !pod.warnings.isEmpty {
                $0.key("warnings")
                $0.array { array in pod.warnings.lines.forEach { array.string($0) } }
            }
            $0.key("patch")
            $0.raw(pod.patch.bytes)
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }
}

extension MutateReport.Pod {
    /// Writes the members that only pods with several clouds, or denied ones, have.
    fileprivate func writeClouds(to object: inout JSONWriter) {
        if let denial { object.member("denied", denial.message) }
        guard !parts.isEmpty else { return }
        object.key("providers")
        object.array { array in
            for part in parts {
                array.object {
                    $0.member("provider", part.cloud)
                    $0.member("reason", part.reason.rawValue)
                    if let identity = part.identity { $0.member("identity", identity) }
                }
            }
        }
    }
}
