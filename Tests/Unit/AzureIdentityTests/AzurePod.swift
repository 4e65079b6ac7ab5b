import AzureIdentity
import JSON
import PodIdentity
import TestSupport

/// A pod of the ServiceAccount `ns/app` that asks for an Azure identity, and its mutation.
enum AzurePod {
    static let client = "22222222-2222-4222-8222-222222222222"
    static let tenant = "11111111-1111-1111-1111-111111111111"
    static let prefix = "azure.workload.identity"
    static let account = Annotations(["azure.workload.identity/client-id": client])

    static var settings: AzureSettings {
        var settings = AzureSettings()
        settings.tenantID = tenant
        return settings
    }

    /// - Parameters:
    ///   - annotations: The annotations, with keys without the prefix.
    ///   - spec: Further members of the pod's spec as JSON.
    static func pod(
        _ annotations: [String: String] = [:],
        use: String? = "true",
        containers: String = #"[{"name": "main"}]"#,
        spec: String = ""
    ) throws -> JSONTree {
        let annotations = annotations.map { #""\#(prefix)/\#($0)": "\#($1)""# }.joined(separator: ",")
        let labels = use.map { #"{"\#(prefix)/use": "\#($0)"}"# } ?? "{}"
        let more = spec.isEmpty ? "" : ", \(spec)"
        return try JSONTree(
            parsing: """
                {"metadata": {"name": "pod", "annotations": {\(annotations)}, "labels": \(labels)},
                 "spec": {"serviceAccountName": "app", "containers": \(containers)\(more)}}
                """.utf8
        )
    }

    static func mutate(
        _ pod: JSONTree,
        _ account: DecisionInputs.Object = .known(account),
        version: ServerVersion? = ServerVersion(1, 36),
        settings: AzureSettings = settings
    ) throws -> PureMutation {
        try PureMutation.run(
            pod,
            namespace: "ns",
            serviceAccount: account,
            serverVersion: version,
            providers: [AzureIdentityProvider(settings: settings)]
        )
    }
}

extension PureMutation {
    func containers(_ list: String = "containers") -> [JSONTree] { pod[path: ["spec", list]]?.elements ?? [] }

    func names(_ list: String = "containers") -> [String] { containers(list).compactMap { $0["name"]?.string } }

    var volumes: [JSONTree] { pod[path: ["spec", "volumes"]]?.elements ?? [] }

    /// The sources of the last volume, which is the added one.
    var sources: [JSONTree] { volumes.last?[path: ["projected", "sources"]]?.elements ?? [] }
}

extension JSONTree {
    /// The container's variables in order.
    var environment: [String] {
        (self["env"]?.elements ?? []).map { "\($0["name"]?.string ?? "")=\($0["value"]?.string ?? "")" }
    }
}
