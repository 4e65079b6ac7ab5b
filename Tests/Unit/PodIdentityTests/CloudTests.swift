import JSON
import PodIdentity
import TestSupport
import Testing

/// The changes that other clouds' webhooks make to a pod. The mutator must not depend on the cloud.
@Suite("Injections for other clouds", .timeLimit(.minutes(5)))
struct CloudTests {
    private static let pod = #"""
        {"metadata": {"name": "shop", "labels": {"azure.workload.identity/use": "true"}},
         "spec": {"serviceAccountName": "shop",
          "initContainers": [{"name": "setup", "image": "setup:1"}],
          "containers": [
           {"name": "main", "image": "main:1", "env": [{"name": "AZURE_CLIENT_ID", "value": "mine"}]},
           {"name": "proxy", "image": "proxy:1", "env": null, "volumeMounts": [{"name": "v", "mountPath": "/v"}]}],
          "volumes": [{"name": "v", "emptyDir": {}}]}}
        """#

    @Test("work for Google: a token, a credential configuration beside it, and a project that replaces an existing one")
    func google() throws {
        var injection = Injection(method: "workload_identity_federation", identity: "shop@project.example")
        injection.environment = [
            EnvironmentGroup(
                .addIfNoneIsSet,
                [("GOOGLE_APPLICATION_CREDENTIALS", "/var/run/secrets/workload-identity/federation.json")]
            ),
            EnvironmentGroup(.replace, [("CLOUDSDK_CORE_PROJECT", "project"), ("AZURE_CLIENT_ID", "replaced")]),
        ]
        injection.annotations = [MetadataEntry(.addIfAbsent, "cloud.example/federation.json", #"{"type":"external"}"#)]
        for (volume, path) in [("gcp-iam-token", "/var/run/secrets/sts"), ("gcp-config", "/var/run/secrets/config")] {
            injection.volumes.append(
                .token(
                    volume,
                    audience: "//iam.example/pool",
                    expirationSeconds: 3600,
                    path: "token"
                )
            )
            injection.mounts.append(InjectedMount(volume: volume, path: path))
        }
        let trial = try Trial(Self.pod, injection)

        let containers = trial.after["spec"]?["containers"]?.elements ?? []
        #expect(
            containers.first?["env"]?.elements?.map { $0["value"]?.string } == [
                "replaced", "/var/run/secrets/workload-identity/federation.json", "project",
            ]
        )
        for container in containers + (trial.after["spec"]?["initContainers"]?.elements ?? []) {
            let mounts = container["volumeMounts"]?.elements?.compactMap { $0["name"]?.string }
            #expect(mounts?.suffix(2) == ["gcp-iam-token", "gcp-config"])
        }
        #expect(
            trial.after["spec"]?["volumes"]?.elements?.map { $0["name"]?.string } == [
                "v", "gcp-iam-token", "gcp-config",
            ]
        )
        #expect(
            trial.after[path: ["metadata", "annotations", "cloud.example/federation.json"]]
                == .string(#"{"type":"external"}"#)
        )
        #expect(try Trial(trial.after, injection).operations == [])
    }

    @Test("work for Azure: four variables, each only if absent, in all containers except the named one")
    func azure() throws {
        var injection = Injection(method: "azure_workload_identity", identity: "client")
        let tokenFile = "/var/run/secrets/azure/tokens/azure-identity-token"
        injection.environment = [
            EnvironmentGroup(
                .addIfAbsent,
                [
                    ("AZURE_CLIENT_ID", "client"), ("AZURE_TENANT_ID", "tenant"),
                    ("AZURE_FEDERATED_TOKEN_FILE", tokenFile), ("AZURE_AUTHORITY_HOST", "https://login.example/"),
                ]
            )
        ]
        injection.skippedContainers = ["setup"]
        injection.labels = [MetadataEntry(.replace, "azure.workload.identity/use", "true")]
        injection.volumes = [
            .token(
                "azure-identity-token",
                audience: "api://Exchange",
                expirationSeconds: 3600,
                path: "azure-identity-token"
            )
        ]
        injection.mounts = [InjectedMount(volume: "azure-identity-token", path: "/var/run/secrets/azure/tokens")]
        let trial = try Trial(Self.pod, injection)

        let containers = trial.after["spec"]?["containers"]?.elements ?? []
        let values = containers.map { $0["env"]?.elements?.map { $0["value"]?.string } }
        #expect(
            values == [
                ["mine", "tenant", tokenFile, "https://login.example/"],
                ["client", "tenant", tokenFile, "https://login.example/"],
            ]
        )
        #expect(trial.after["spec"]?["initContainers"] == trial.before["spec"]?["initContainers"])
        #expect(trial.after["metadata"] == trial.before["metadata"])
        #expect(try Trial(trial.after, injection).operations == [])
    }
}
