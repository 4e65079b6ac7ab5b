import JSON
import PodIdentity
import TestSupport

/// Random ServiceAccounts and pods, which often have what a cloud reads or writes.
enum CloudPod {
    /// The names that a cloud reads and writes.
    struct Names: Sendable {
        var prefix: String
        /// Values of the pod's annotations, by names without the prefix.
        var annotations: KeyValuePairs<String, [String]>
        var labels: KeyValuePairs<String, [String]> = [:]
        var variables: [String]
        var volumes: [String]
        var mounts: [String]
        /// Whether some pods are for Windows. Azure's webhook gives these Linux paths, but a profile gives them Windows
        /// paths.
        var hasWindows = true
    }

    /// Values of annotations by full name; nil for none.
    static let googleAnnotations: KeyValuePairs<String, [String?]> = [
        "cloud.google.com/workload-identity-provider": [
            nil, provider, provider, provider, provider, "projects/1",
            "projects/1/locations/a/b/workloadIdentityPools/$(X)/providers/d",
        ],
        "cloud.google.com/service-account-email": [
            nil, "app@team.iam.gserviceaccount.com", "app@team.iam.gserviceaccount.com", "app",
            "a@b@c.iam.gserviceaccount.com",
            "1-compute@developer.gserviceaccount.com",
        ],
        "cloud.google.com/audience": [nil, nil, "https://audience", "$(HOME)"],
        "cloud.google.com/token-expiration": [nil, nil, "7200", "60", "+7200", "1h"],
        "cloud.google.com/gcloud-run-as-user": [nil, nil, nil, "1000", "0", "root"],
        "cloud.google.com/injection-mode": [nil, "direct", "Direct", "DIRECT", "other"],
        "cloud.google.com/project-id": [nil, "other", "$(HOME)$$"],
        "cloud.google.com/token-exchange-mode": [nil, nil, "service-account", "direct-access", "Direct-Access", "x"],
    ]

    static let azureAnnotations: KeyValuePairs<String, [String?]> = [
        "azure.workload.identity/client-id": [nil, "22222222-2222-2222-2222-222222222222", "$(HOME)"],
        "azure.workload.identity/tenant-id": [nil, nil, "33333333-3333-3333-3333-333333333333", "example.com"],
        "azure.workload.identity/service-account-token-expiration": [
            nil, nil, "", "7200", "3599", "86401", "+7200", "1h",
        ],
    ]

    private static let provider = "projects/1/locations/global/workloadIdentityPools/pool/providers/provider"

    static let google = Names(
        prefix: "cloud.google.com",
        annotations: [
            "token-expiration": ["7200", "60"], "skip-containers": ["side", " side , init", ""],
            "external-credentials-json": ["{}"], "audience": ["x"],
        ],
        variables: [
            "GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", "CLOUDSDK_CONFIG",
            "CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT", "OTHER",
        ],
        volumes: ["gcp-iam-token", "external-credential-config", "gcloud-config", "other"],
        mounts: [
            "/var/run/secrets/sts.googleapis.com/serviceaccount", "/var/run/secrets/workload-identity",
            "/var/run/secrets/gcloud/config", "/var/run/secrets/gcloud", "/other",
        ]
    )

    static let azure = Names(
        prefix: "azure.workload.identity",
        annotations: [
            "service-account-token-expiration": ["7200", "3599", "", "x"],
            "skip-containers": ["side", " side ; init", ""], "client-id": ["x"],
        ],
        labels: ["use": ["true", "true", "true", "false"]],
        variables: [
            "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST", "OTHER",
        ],
        volumes: ["azure-workload-identity-reserved-9f86d081884c7d659a2feaa0c55ad0", "other"],
        mounts: ["/var/run/secrets/azure/wi", "/var/run/secrets/azure", "/other"],
        hasWindows: false
    )

    static func account(
        _ values: KeyValuePairs<String, [String?]>,
        _ generator: inout SeededGenerator
    ) -> DecisionInputs.Object {
        guard Int.random(in: 0..<20, using: &generator) > 0 else { return .absent }
        var annotations = Annotations()
        for (key, values) in values { annotations[key] = pick(values, &generator) }
        return .known(annotations)
    }

    static func pod(_ names: Names, _ generator: inout SeededGenerator) -> JSONTree {
        var annotations: [JSONTree.Member] = []
        for (key, values) in names.annotations where Int.random(in: 0..<4, using: &generator) == 0 {
            annotations.append(member("\(names.prefix)/\(key)", .string(pick(values, &generator))))
        }
        let labels = names.labels.map { key, values in
            member("\(names.prefix)/\(key)", .string(pick(values, &generator)))
        }
        var spec: [JSONTree.Member] = [member("serviceAccountName", .string("app"))]
        let volumes = names.volumes.filter { _ in Bool.random(using: &generator) }
        spec.append(member("volumes", .array(volumes.map { .object(["name": .string($0), "emptyDir": .object([])]) })))
        if names.hasWindows, Int.random(in: 0..<5, using: &generator) == 0 {
            spec.append(member("os", .object(["name": .string("windows")])))
        }
        for (list, containers) in [("initContainers", ["init"]), ("containers", ["app", "side"])] {
            let trees = containers.map { container($0, names, volumes, &generator) }
            spec.append(member(list, .array(trees)))
        }
        let name = Bool.random(using: &generator) ? "name" : "generateName"
        return .object([
            "metadata": .object([
                name: .string("test"), "annotations": .object(annotations), "labels": .object(labels),
            ]),
            "spec": .object(spec),
        ])
    }

    private static func container(
        _ name: String,
        _ names: Names,
        _ volumes: [String],
        _ generator: inout SeededGenerator
    ) -> JSONTree {
        var members = [member("name", .string(name))]
        let variables = names.variables.filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }
        let values = ["", "own", "$(AZURE_CLIENT_ID)$(CLOUDSDK_CONFIG)"]
        let environment = variables.shuffled(using: &generator).map { variable in
            JSONTree.object(["name": .string(variable), "value": .string(pick(values, &generator))])
        }
        if Bool.random(using: &generator) { members.append(member("env", .array(environment))) }
        let mounts = names.mounts.filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }
        if !volumes.isEmpty, Bool.random(using: &generator) {
            let trees = mounts.map { path in
                JSONTree.object(["name": .string(pick(volumes, &generator)), "mountPath": .string(path)])
            }
            members.append(member("volumeMounts", .array(trees)))
        }
        return .object(members)
    }

    private static func member(_ key: String, _ value: JSONTree) -> JSONTree.Member {
        JSONTree.Member(key: JSONString(key), value: value)
    }

    private static func pick<Element>(_ elements: [Element], _ generator: inout SeededGenerator) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &generator)]
    }
}
