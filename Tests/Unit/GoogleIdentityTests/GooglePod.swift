import GoogleIdentity
import JSON
import PodIdentity
import TestSupport

/// A pod of the ServiceAccount `ns/app`, and its mutation.
enum GooglePod {
    static let provider = "projects/123456789012/locations/global/workloadIdentityPools/clusters/providers/one"
    static let email = "reader@shop-project.iam.gserviceaccount.com"

    /// The annotations, with keys without the prefix.
    static let account = ["workload-identity-provider": provider, "service-account-email": email]

    static func annotations(_ entries: [String: String]) -> Annotations {
        entries.reduce(into: Annotations()) { $0["cloud.google.com/\($1.key)"] = $1.value }
    }

    /// - Parameters:
    ///   - annotations: The annotations, with keys without the prefix.
    ///   - spec: Members of the pod's `spec` as JSON.
    static func pod(
        annotations: [String: String] = [:],
        containers: String = #"[{"name": "main"}]"#,
        spec: String = ""
    ) throws -> JSONTree {
        let annotations = annotations.map { "\"cloud.google.com/\($0)\": \(JSONString($1).lexeme)" }
        return try JSONTree(
            parsing: """
                {"metadata": {"name": "p", "annotations": {\(annotations.joined(separator: ","))}},
                 "spec": {"serviceAccountName": "app", "containers": \(containers)\(spec)}}
                """.utf8
        )
    }

    static func mutate(
        _ account: [String: String] = account,
        pod: JSONTree? = nil,
        settings: GoogleSettings = GoogleSettings()
    ) throws -> PureMutation {
        try PureMutation.run(
            try pod ?? Self.pod(),
            namespace: "ns",
            serviceAccount: .known(annotations(account)),
            providers: [GoogleIdentityProvider(settings: settings)]
        )
    }

    /// Like `mutate`, with the mode `gcloud`.
    static func mutateForGcloud(
        _ more: [String: String] = [:],
        pod: JSONTree? = nil,
        settings: GoogleSettings = GoogleSettings()
    ) throws -> PureMutation {
        var account = account
        account["injection-mode"] = "gcloud"
        return try mutate(account.merging(more) { $1 }, pod: pod, settings: settings)
    }
}

extension PureMutation {
    func container(_ name: String) -> JSONTree? {
        ["initContainers", "containers"].lazy.flatMap { pod[path: ["spec", $0]]?.elements ?? [] }
            .first { $0["name"]?.string == name }
    }

    /// A container's variables in order.
    func variables(_ name: String = "main") -> [String] {
        container(name)?["env"]?.elements?.map { "\($0["name"]?.string ?? "")=\($0["value"]?.string ?? "")" } ?? []
    }

    func annotation(_ key: String) -> String? {
        pod[path: ["metadata", "annotations", "cloud.google.com/\(key)"]]?.string
    }

    func volume(_ name: String) -> JSONTree? {
        pod[path: ["spec", "volumes"]]?.elements?.first { $0["name"]?.string == name }
    }

    var expiration: String? {
        let token = volume("gcp-iam-token")?[path: ["projected", "sources"]]?.elements?.first?["serviceAccountToken"]
        guard case .literal(let text)? = token?["expirationSeconds"] else { return nil }
        return text
    }
}
