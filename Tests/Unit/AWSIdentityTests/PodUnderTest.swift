import AWSIdentity
import JSON
import KubernetesObjects
import PodIdentity
import TestSupport

/// A pod of the ServiceAccount `ns/app` with one container, and its mutation.
enum PodUnderTest {
    static let account = NamespacedName(namespace: "ns", name: "app")
    static let identities = ProviderConfigurationSource.Place.file(path: "identities.json")
    static let configMap = ProviderConfigurationSource.Place.configMap(
        NamespacedName(namespace: "eks", name: "pod-identity-webhook"),
        key: "config"
    )
    static let listed = #"{"identities": [{"namespace": "ns", "serviceAccount": "app"}]}"#
    static let role = "arn:aws:iam::111122223333:role/app"

    static func pod(annotations: [String: String] = [:], labels: String = "{}", spec: String = "") throws -> JSONTree {
        let annotations = annotations.map { #""\#($0)": "\#($1)""# }.joined(separator: ",")
        return try JSONTree(
            parsing: """
                {"metadata": {"annotations": {\(annotations)}, "labels": \(labels)},
                 "spec": {"serviceAccountName": "app", "containers": [{"name": "main"}]\(spec)}}
                """.utf8
        )
    }

    /// - Parameters:
    ///   - listed: Whether the pod's ServiceAccount uses EKS Pod Identity.
    ///   - entries: The entries of the ConfigMap.
    static func mutate(
        _ account: DecisionInputs.Object,
        pod: JSONTree? = nil,
        listed: Bool = true,
        entries: String? = nil,
        settings: AWSSettings = AWSSettings(),
        credentials: EKSPodIdentitySettings = EKSPodIdentitySettings(identitiesFile: "identities.json"),
        using generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    ) throws -> PureMutation {
        var settings = settings
        if entries != nil { settings.configMapNamespace = "eks" }
        return try PureMutation.run(
            try pod ?? Self.pod(),
            namespace: "ns",
            serviceAccount: account,
            configurations: [identities: listed ? Self.listed : "{}", configMap: entries ?? "{}"],
            providers: [
                EKSPodIdentityProvider(settings: settings, credentials: credentials),
                IRSAProvider(settings: settings),
            ],
            using: generator
        )
    }
}

extension PureMutation {
    /// The container's variables in order.
    var environment: [String] {
        let list = pod[path: ["spec", "containers"]]?.elements?.first?["env"]?.elements ?? []
        return list.map { "\($0["name"]?.string ?? "")=\($0["value"]?.string ?? "")" }
    }

    func variable(_ name: String) -> String? {
        environment.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    /// The projection of the first volume.
    var token: JSONTree? {
        let volume = pod[path: ["spec", "volumes"]]?.elements?.first
        return volume?[path: ["projected", "sources"]]?.elements?.first?["serviceAccountToken"]
    }

    var expiration: Int? {
        guard case .literal(let text)? = token?["expirationSeconds"] else { return nil }
        return Int(text)
    }
}

/// Always returns the same number.
struct FixedGenerator: RandomNumberGenerator {
    let number: UInt64

    mutating func next() -> UInt64 { number }
}
