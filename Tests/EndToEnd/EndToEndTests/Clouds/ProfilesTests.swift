import Foundation
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// The profiles in deploy/profiles, each with its platform's real SDK.
    @Suite struct ProfilesTests {
        /// A platform, and the settings of its profile.
        struct Platform: CustomTestStringConvertible {
            let sdk: CloudSDK
            var settings: [String: String] = [:]
            /// The annotations of the ServiceAccount.
            let annotations: [String: String]
            /// What the cloud receives besides the token, by the names in clouds.py.
            let seen: [String: String]
            /// The result of the SDK's script.
            let result: [String: String]

            var testDescription: String { sdk.rawValue }
        }

        static let platforms = [
            Platform(
                sdk: .alibaba,
                settings: [
                    "account": "1", "oidcProvider": "acs:ram::1:oidc-provider/ack-rrsa-cluster",
                    "region": "eu-central-1",
                ],
                annotations: ["pod-identity.alibabacloud.com/role-name": "reader"],
                seen: [
                    "role": "acs:ram::1:role/reader", "provider": "acs:ram::1:oidc-provider/ack-rrsa-cluster",
                    "host": "sts-vpc.eu-central-1.aliyuncs.com",
                ],
                result: ["token": "alibaba-session"]
            ),
            Platform(
                sdk: .anthropic,
                settings: ["organization": "organization"],
                annotations: [
                    "pod-identity-webhook/anthropic-federation-rule": "fdrl_1",
                    "pod-identity-webhook/anthropic-workspace": "wrkspc_1",
                ],
                seen: [
                    "federation_rule_id": "fdrl_1", "organization_id": "organization", "workspace_id": "wrkspc_1",
                ],
                result: [:]
            ),
            Platform(
                sdk: .databricks,
                annotations: [
                    "pod-identity-webhook/databricks-host": "https://example.cloud.databricks.com",
                    "pod-identity-webhook/databricks-client-id": "reader",
                    "pod-identity-webhook/databricks-audience": CloudSDK.databricks.audience,
                ],
                seen: ["client": "reader", "host": "example.cloud.databricks.com"],
                result: ["user": "etl", "kind": "file-oidc"]
            ),
            Platform(
                sdk: .huawei,
                settings: ["idp": "cluster", "clientID": CloudSDK.huawei.audience],
                annotations: ["pod-identity-webhook/huawei-project-id": "project"],
                seen: ["provider": "cluster"],
                result: ["token": "huawei-session", "project": "project"]
            ),
            Platform(
                sdk: .ibm,
                annotations: [
                    "pod-identity-webhook/ibm-trusted-profile": "reader",
                    "pod-identity-webhook/ibm-service": "CLOUD_OBJECT_STORAGE",
                ],
                seen: ["profile": "reader"],
                result: [:]
            ),
            Platform(
                sdk: .snowflake,
                annotations: [
                    "pod-identity-webhook/snowflake-account": "example",
                    "pod-identity-webhook/snowflake-user": "reader",
                ],
                seen: ["authenticator": "WORKLOAD_IDENTITY", "provider": "OIDC"],
                result: ["user": "reader"]
            ),
            Platform(
                sdk: .tencent,
                settings: ["region": "eu-frankfurt", "providerID": "cls-1"],
                annotations: ["tke.cloud.tencent.com/role-arn": "qcs::cam::uin/1:roleName/reader"],
                seen: ["role": "qcs::cam::uin/1:roleName/reader", "provider": "cls-1", "region": "eu-frankfurt"],
                result: ["token": "tencent-session"]
            ),
            Platform(
                sdk: .vault,
                settings: ["address": "https://vault.example.com"],
                annotations: [
                    "pod-identity-webhook/vault-role": "reader", "pod-identity-webhook/vault-namespace": "team",
                ],
                seen: ["role": "reader", "namespace": "team"],
                result: ["token": "vault-token"]
            ),
        ]

        @Test
        func `A pod with identities of all platforms and the three clouds works with all their SDKs`()
            async throws
        {
            let flags = CloudIdentities.flags + ["--providers=aws,google,azure"]
            // With profiles, the webhook reads Namespaces too.
            try await Installation.with(
                flags: flags + Self.flags,
                prepare: { controlPlane, _ in try await controlPlane.apply(Manifest.namespaceReader) }
            ) { installation in
                let pod = try await pod(in: installation)
                let sdks = CloudIdentities.clouds + Self.platforms.map(\.sdk)
                let container = try await LocalContainer("main", of: pod, on: installation.controlPlane)
                let run = try await container.call(sdks)
                try CloudIdentities.verify(run, of: pod)
                for platform in Self.platforms { try verify(platform, run, of: pod) }
            }
            try await ControlPlane.shared().kubectl(["delete", "clusterrolebinding", "pod-identity-webhook-namespaces"])
        }

        @Test func `Exactly the profiles that say so are tested with an SDK`() throws {
            let requirements = try String(
                contentsOfFile: "\(TestFolders.repository)/scripts/requirements-cloud-sdks.txt",
                encoding: .utf8
            )
            var checked: Set<String> = []
            for file in try FileManager.default.contentsOfDirectory(atPath: Deploy.path("profiles")) {
                let text = try String(contentsOfFile: Deploy.path("profiles/\(file)"), encoding: .utf8)
                guard let start = text.firstRange(of: "# Checked with the SDK ")?.upperBound else {
                    #expect(text.contains("# Not checked with an SDK"), "\(file)")
                    continue
                }
                let package = text[start...].prefix { $0 != " " }
                #expect(requirements.contains("\n\(package)=="), "\(file)")
                checked.insert(String(file.prefix { $0 != "." }))
            }
            // The profile for fleets is tested in GoogleTests.
            #expect(checked == Set(Self.platforms.map(\.sdk.rawValue)).union(["gke-fleet"]))
        }

        private func verify(_ platform: Platform, _ run: ContainerRun, of pod: APIObject) throws {
            let (sdk, result) = (platform.sdk, run.result(of: platform.sdk))
            #expect(result != .null && result["error"] == .null, "\(sdk): \(result["trace"].string ?? "nothing")")
            for (name, value) in platform.result { #expect(result[name].string == value, "\(sdk): \(result)") }
            let tokens = run.tokens(shownTo: sdk)
            let expected = try ShownToken.accepted(for: sdk.audience, of: pod)
            #expect(!tokens.isEmpty && tokens.allSatisfy { $0 == expected }, "\(sdk): \(tokens)")
            for call in run.calls(to: sdk) {
                for (name, value) in platform.seen { #expect(call[name].string == value, "\(sdk): \(call)") }
            }
        }

        /// The flags for the platforms' profiles and their settings.
        private static var flags: [String] {
            platforms.flatMap { platform in
                ["--profiles=\(Deploy.path("profiles/\(platform.sdk).yaml"))"]
                    + platform.settings.map { "--profile-setting=\(platform.sdk).\($0.key)=\($0.value)" }
            }
        }

        private func pod(in installation: Installation) async throws -> APIObject {
            _ = try await installation.create(CloudIdentities.serviceAccount())
            let annotations = Self.platforms.flatMap(\.annotations).map { "\($0.key)=\($0.value)" }
            try await installation.controlPlane.kubectl(
                ["annotate", "serviceaccount", "reader", "-n", installation.namespace] + annotations
            )
            let pod = Manifest.pod(
                serviceAccount: "reader",
                labels: #"{azure.workload.identity/use: "true", pod-identity.alibabacloud.com/injection: "on"}"#
            )
            let variables: Set = [
                "ALIBABA_CLOUD_ROLE_ARN", "ANTHROPIC_FEDERATION_RULE_ID", "AZURE_FEDERATED_TOKEN_FILE",
                "SNOWFLAKE_HOME", "VAULT_ADDR",
            ]
            return try await installation.create(pod, until: variables)
        }
    }
}
