import GoogleIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("The mode gcloud", .timeLimit(.minutes(5)))
struct GcloudModeTests {
    private func setup(_ result: PureMutation) throws -> JSONTree { try #require(result.container("gcloud-setup")) }

    @Test("adds an init container before all others that logs in")
    func initContainer() throws {
        var settings = GoogleSettings()
        settings.gcloudImage = "registry.example.com/gcloud:1"
        settings.setupResources = try JSONTree(parsing: #"{"requests":{"cpu":"100m"}}"#.utf8)
        let pod = try GooglePod.pod(spec: #","initContainers":[{"name":"first"}]"#)
        let result = try GooglePod.mutateForGcloud(pod: pod, settings: settings)
        let names = result.pod[path: ["spec", "initContainers"]]?.elements?.map { $0["name"]?.string }
        #expect(names == ["gcloud-setup", "first"])
        let setup = try setup(result)
        #expect(setup["image"] == .string("registry.example.com/gcloud:1"))
        #expect(setup["resources"] == settings.setupResources)
        #expect(
            result.variables("gcloud-setup") == [
                "GCP_WORKLOAD_IDENTITY_PROVIDER=\(GooglePod.provider)", "GCP_SERVICE_ACCOUNT=\(GooglePod.email)",
                "CLOUDSDK_CONFIG=/var/run/secrets/gcloud/config", "CLOUDSDK_CORE_PROJECT=shop-project",
            ]
        )
        for container in ["first", "main"] {
            #expect(
                result.variables(container) == [
                    "GOOGLE_APPLICATION_CREDENTIALS=/var/run/secrets/gcloud/config/federation.json",
                    "CLOUDSDK_CONFIG=/var/run/secrets/gcloud/config", "CLOUDSDK_CORE_PROJECT=shop-project",
                ]
            )
        }
        #expect(result.annotation("external-credentials-json") == nil && result.warnings == [])
        #expect(try GooglePod.mutateForGcloud(pod: result.pod, settings: settings).patch == .array([]))
    }

    @Test("warns if a container cannot read gcloud's output, or makes gcloud use something else")
    func own() throws {
        let mounted = #"[{"name":"main","volumeMounts":[{"name":"v","mountPath":"/var/run/secrets/gcloud/config"}]}]"#
        let pod = try GooglePod.pod(containers: mounted, spec: #","volumes":[{"name":"v","emptyDir":{}}]"#)
        let result = try GooglePod.mutateForGcloud(pod: pod)
        #expect(result.reason == .mountConflict && result.warnings.count == 1)
        #expect(result.warnings.first?.contains("/var/run/secrets/gcloud/config") ?? false)
        let file = #"[{"name":"main","env":[{"name":"CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE","value":"/own"}]}]"#
        let overridden = try GooglePod.mutateForGcloud(pod: try GooglePod.pod(containers: file))
        #expect(
            overridden.warnings == [
                "sets CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE, which SDKs use instead of the identity (container main)"
            ]
        )
    }

    @Test("can be configured as the default")
    func byDefault() throws {
        var settings = GoogleSettings()
        settings.mode = .gcloud
        #expect(try GooglePod.mutate(settings: settings).container("gcloud-setup") != nil)
        let direct = GooglePod.account.merging(["injection-mode": "Direct"]) { $1 }
        #expect(try GooglePod.mutate(direct, settings: settings).container("gcloud-setup") == nil)
    }

    @Test("runs its container even if all others are skipped")
    func allSkipped() throws {
        let pod = try GooglePod.pod(annotations: ["skip-containers": " main ,"])
        let result = try GooglePod.mutateForGcloud(pod: pod)
        #expect(result.variables() == [] && result.container("gcloud-setup") != nil)
        #expect(result.volume("gcp-iam-token") != nil && result.volume("gcloud-config") != nil)
    }

    @Test("passes no address to gcloud for a pod with direct access")
    func directAccess() throws {
        let account = [
            "workload-identity-provider": GooglePod.provider, "token-exchange-mode": "direct-access",
            "injection-mode": "gcloud",
        ]
        let result = try GooglePod.mutate(account)
        let script = try setup(result)["command"]?.elements?.last?.string
        #expect(script.map { !$0.contains("--service-account") } ?? false)
        #expect(!result.variables("gcloud-setup").contains { $0.hasPrefix("GCP_SERVICE_ACCOUNT") })
    }

    @Test("keeps the content of annotations out of the command, and out of the kubelet's expansion")
    func injection() throws {
        let provider = "projects/1/locations/$(HOME)/workloadIdentityPools/;id/providers/`id` \" 'x"
        let result = try GooglePod.mutateForGcloud(["workload-identity-provider": provider])
        let command = try setup(result)["command"]?.elements?.compactMap(\.string) ?? []
        let odd = ["workload-identity-provider": "projects/1/locations/(/workloadIdentityPools/*/providers/ "]
        let other = try setup(try GooglePod.mutateForGcloud(odd))["command"]?.elements?.compactMap(\.string)
        #expect(command == other && command.prefix(2) == ["sh", "-euc"])
        let address = ["service-account-email": "a@b;id"]
        let ofAddress = try setup(try GooglePod.mutateForGcloud(address))["command"]?.elements?.compactMap(\.string)
        #expect(command == ofAddress)
        #expect(!command.joined().contains("$("), "the kubelet would expand a reference")
        #expect(
            result.variables("gcloud-setup").first
                == "GCP_WORKLOAD_IDENTITY_PROVIDER=projects/1/locations/$$(HOME)/workloadIdentityPools/;id/providers/`id` \" 'x"
        )
    }

    @Test("has the kubelet expand plain values in the command, as the webhook that it replaces does")
    func plainValues() throws {
        let command = try setup(try GooglePod.mutateForGcloud())["command"]?.elements?.compactMap(\.string) ?? []
        #expect(command.prefix(2) == ["sh", "-c"])
        let script = command.last ?? ""
        #expect(script.contains("$(GCP_WORKLOAD_IDENTITY_PROVIDER)") && !script.contains("\""))
    }

    private static let strict = #""runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}"#

    @Test(
        "has a container that is as strict as all others",
        arguments: [
            ("", "", [String: String]()),
            (#""runAsNonRoot":true,"runAsUser":7"#, "", [:]),
            (#""runAsNonRoot":true"#, "", ["runAsUser": "1000"]),
            (
                "", strict,
                ["runAsNonRoot": "true", "runAsUser": "1000", "seccompProfile": #"{"type":"RuntimeDefault"}"#]
            ),
            (
                "", strict + #","runAsUser":7"#,
                [
                    "runAsNonRoot": "true", "runAsUser": "7", "seccompProfile": #"{"type":"RuntimeDefault"}"#,
                ]
            ),
            (
                #""seccompProfile":{"type":"Localhost"}"#, #""runAsNonRoot":true"#,
                [
                    "runAsNonRoot": "true", "runAsUser": "1000",
                ]
            ),
        ]
    )
    func security(pod common: String, container: String, expected: [String: String]) throws {
        let pod = try GooglePod.pod(
            containers: #"[{"name":"main","securityContext":{\#(container)}}]"#,
            spec: #","securityContext":{\#(common)}"#
        )
        let result = try GooglePod.mutateForGcloud(pod: pod)
        let members = try setup(result)["securityContext"]?.members ?? []
        let found = members.reduce(into: [:]) { $0[$1.key.value] = String(decoding: $1.value.bytes, as: UTF8.self) }
        let usual = ["allowPrivilegeEscalation": "false", "capabilities": #"{"drop":["ALL"]}"#]
        #expect(found == usual.merging(expected) { $1 })
        #expect(try GooglePod.mutateForGcloud(pod: result.pod).patch == .array([]))
        let user = try GooglePod.mutateForGcloud(["gcloud-run-as-user": "+65532"], pod: pod)
        #expect(try setup(user)[path: ["securityContext", "runAsUser"]] == .literal("65532"))
    }
}
