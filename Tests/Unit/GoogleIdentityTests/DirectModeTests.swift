import GoogleIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("The mode direct", .timeLimit(.minutes(5)))
struct DirectModeTests {
    private static let file = "/var/run/secrets/workload-identity/federation.json"
    private static let folder = "/var/run/secrets/gcloud/config"

    @Test("adds variables for client libraries and for gcloud, and a folder that gcloud can write to")
    func everything() throws {
        var settings = GoogleSettings()
        settings.region = "europe-west1"
        let result = try GooglePod.mutate(settings: settings)
        #expect(
            result.variables() == [
                "GOOGLE_APPLICATION_CREDENTIALS=\(Self.file)", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE=\(Self.file)",
                "CLOUDSDK_CONFIG=\(Self.folder)", "CLOUDSDK_COMPUTE_REGION=europe-west1",
                "CLOUDSDK_CORE_PROJECT=shop-project",
            ]
        )
        let mounts = result.container("main")?["volumeMounts"]?.elements ?? []
        #expect(mounts.map { $0["name"]?.string } == ["gcp-iam-token", "external-credential-config", "gcloud-config"])
        #expect(mounts.map { $0["readOnly"] == .literal("true") } == [true, true, false])
        #expect(result.volume("gcloud-config")?["emptyDir"] == .object([:]))
        #expect(result.volume("gcp-iam-token")?[path: ["projected", "defaultMode"]] == .literal("288"))
        #expect(result.volume("external-credential-config")?[path: ["downwardAPI", "defaultMode"]] == .literal("288"))
        #expect(result.reason == .injected && result.warnings == [])
        let keys = ["workload-identity-provider", "service-account-email", "audience", "token-expiration"]
        let values = [GooglePod.provider, GooglePod.email, "sts.googleapis.com", "86400"]
        #expect(keys.map(result.annotation) == values)
        #expect(result.pod[path: ["spec", "initContainers"]] == nil)
    }

    @Test("puts the configuration into an annotation, byte for byte as Go writes it")
    func configuration() throws {
        let account = [
            "workload-identity-provider": "projects/1/locations/l/workloadIdentityPools/<p>&/providers/\"c\"",
            "service-account-email": "a\u{2028}@x.iam.gserviceaccount.com",
        ]
        let text = try #require(try GooglePod.mutate(account).annotation("external-credentials-json"))
        #expect(
            text == #"{"type":"external_account","audience":"//iam.googleapis.com/projects/1/locations/l/"#
                + #"workloadIdentityPools/\u003cp\u003e\u0026/providers/\"c\"","#
                + #""subject_token_type":"urn:ietf:params:oauth:token-type:jwt","#
                + #""token_url":"https://sts.googleapis.com/v1/token","service_account_impersonation_url":"#
                + #""https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a\u2028@x.iam.gserviceaccount.com"#
                + #":generateAccessToken","credential_source":{"file":"#
                + #""/var/run/secrets/sts.googleapis.com/serviceaccount/token","format":{"type":"text"}}}"#
        )
    }

    @Test("supports direct access without an address and impersonation")
    func directAccess() throws {
        let account = [
            "workload-identity-provider": GooglePod.provider, "token-exchange-mode": "Direct-Access",
            "project-id": "own-project",
        ]
        let result = try GooglePod.mutate(account)
        let text = try #require(result.annotation("external-credentials-json"))
        #expect(!text.contains("impersonation") && text.contains(GooglePod.provider))
        #expect(result.annotation("service-account-email") == nil && result.warnings == [])
        #expect(
            result.variables().suffix(2) == [
                "CLOUDSDK_CORE_PROJECT=own-project", "GOOGLE_CLOUD_PROJECT=own-project",
            ]
        )
        let without = try GooglePod.mutate(account.filter { $0.key != "project-id" })
        #expect(!without.variables().contains { $0.contains("PROJECT") }, "an empty variable is not added")
        let email = try GooglePod.mutate(account.merging(["service-account-email": GooglePod.email]) { $1 })
        #expect(
            email.warnings == [
                "cloud.google.com/service-account-email is not used, because cloud.google.com/token-exchange-mode is direct-access"
            ]
        )
    }

    @Test("prefers a configured project to the address's, and does not let the kubelet expand it")
    func project() throws {
        let account = GooglePod.account.merging(["project-id": "$(SECRET)$$"]) { $1 }
        #expect(
            try GooglePod.mutate(account).variables().suffix(2) == [
                "CLOUDSDK_CORE_PROJECT=$$(SECRET)$$$$", "GOOGLE_CLOUD_PROJECT=$$(SECRET)$$$$",
            ]
        )
        let email = "a@$(SECRET).iam.gserviceaccount.com"
        let result = try GooglePod.mutate(GooglePod.account.merging(["service-account-email": email]) { $1 })
        #expect(result.variables().last == "CLOUDSDK_CORE_PROJECT=$$(SECRET)")
    }

    @Test("replaces a container's own credentials with one warning, but not its gcloud folder")
    func own() throws {
        let own = """
            [{"name": "main", "env": [{"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": "/own/key.json"},
             {"name": "CLOUDSDK_CONFIG", "value": "/own"}, {"name": "CLOUDSDK_CORE_PROJECT", "value": "own"}]}]
            """
        let result = try GooglePod.mutate(pod: try GooglePod.pod(containers: own))
        #expect(
            result.variables() == [
                "GOOGLE_APPLICATION_CREDENTIALS=\(Self.file)", "CLOUDSDK_CONFIG=/own", "CLOUDSDK_CORE_PROJECT=own",
                "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE=\(Self.file)",
            ]
        )
        #expect(
            result.warnings == [
                "sets GOOGLE_APPLICATION_CREDENTIALS, whose value the webhook replaces (container main)"
            ]
        )
        let again = try GooglePod.mutate(pod: result.pod)
        #expect(again.patch == .array([]) && again.warnings == [] && again.reason == .alreadyInjected)
        let meant = try GooglePod.pod(annotations: ["acknowledge-warnings": "main"], containers: own)
        #expect(try GooglePod.mutate(pod: meant).warnings == [])
    }

    @Test("warns if a variable is set twice, because the second one takes effect and stays")
    func twice() throws {
        let own = """
            [{"name": "main", "env": [{"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": "/one"},
             {"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": "/two"}]}]
            """
        let result = try GooglePod.mutate(pod: try GooglePod.pod(containers: own))
        #expect(result.variables().prefix(2).map { $0.hasSuffix("/two") } == [false, true])
        #expect(result.reason == .tokenUnreachable && result.warnings.count == 1)
        #expect(result.warnings.first?.contains("/two") ?? false)
    }

    @Test(
        "adds a second mount at the configuration's path if the container has its own there, with a warning"
    )
    func conflict() throws {
        let own = #"[{"name":"main","volumeMounts":[{"name":"v","mountPath":"/var/run/secrets/workload-identity"}]}]"#
        let result = try GooglePod.mutate(
            pod: try GooglePod.pod(containers: own, spec: #","volumes":[{"name":"v","emptyDir":{}}]"#)
        )
        #expect(result.reason == .mountConflict)
        #expect(result.warnings.count == 1 && result.warnings[0].contains("the API server rejects the pod"))
        #expect(try GooglePod.mutate(pod: result.pod).patch == .array([]))
    }

    @Test("uses Windows paths on Windows, without gcloud's init container")
    func windows() throws {
        let pod = try GooglePod.pod(spec: #","nodeSelector":{"kubernetes.io/os":"windows"}"#)
        let result = try GooglePod.mutateForGcloud(pod: pod)
        #expect(
            result.variables().first
                == #"GOOGLE_APPLICATION_CREDENTIALS=C:\var\run\secrets\workload-identity\federation.json"#
        )
        let text = try #require(result.annotation("external-credentials-json"))
        #expect(
            text.contains(#""file":"C:\\var\\run\\secrets\\sts.googleapis.com\\serviceaccount\\token""#)
        )
        #expect(result.reason == .injected && result.pod[path: ["spec", "initContainers"]] == nil)
        #expect(result.warnings.count == 1 && result.warnings[0].hasPrefix("the mode is direct"))
        #expect(try GooglePod.mutateForGcloud(pod: result.pod).patch == .array([]))
    }
}
