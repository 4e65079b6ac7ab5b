import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Azure's real SDK in pods with Azure identities.
    @Suite struct AzureTests {
        /// A sovereign cloud.
        struct Cloud: CustomTestStringConvertible {
            let name: String
            let authority: String
            let audience: String

            var testDescription: String { name }
        }

        static let clouds = [
            Cloud(
                name: "AzureUSGovernmentCloud",
                authority: "login.microsoftonline.us",
                audience: "api://AzureADTokenExchangeUSGov"
            ),
            Cloud(
                name: "AzureChinaCloud",
                authority: "login.chinacloudapi.cn",
                audience: "api://AzureADTokenExchangeChina"
            ),
        ]

        @Test(arguments: clouds)
        func `A pod in a sovereign cloud sends that cloud's authority a token for its audience`(cloud: Cloud)
            async throws
        {
            let flags = CloudIdentities.flags + ["--providers=aws,azure", "--azure-environment=\(cloud.name)"]
            try await Installation.with(flags: flags) { installation in
                _ = try await installation.create(CloudIdentities.serviceAccount())
                let pod = try await installation.create(CloudIdentities.pod(), until: ["AZURE_FEDERATED_TOKEN_FILE"])
                let container = try await LocalContainer("main", of: pod, on: installation.controlPlane)
                let run = try await container.call([.azure], audiences: [.azure: cloud.audience])
                #expect(run.result(of: .azure)["default"].string == "azure-\(CloudIdentities.client)", "\(run)")
                #expect(run.calls(to: .azure).allSatisfy { $0["host"].string == cloud.authority }, "\(run)")
                let expected = try ShownToken.accepted(for: cloud.audience, of: pod)
                #expect(run.tokens(shownTo: .azure).allSatisfy { $0 == expected }, "\(run)")
            }
        }

        @Test
        func
            `A pod that requests the custom endpoint sends its token only there and trusts the ConfigMap's CA`()
            async throws
        {
            let proxy = "https://token-proxy.example.com"
            let flags = [
                "--providers=aws,azure", "--azure-custom-token-endpoint-annotation-suffix=proxy",
                "--azure-custom-token-endpoint-audience=\(proxy)", "--azure-token-proxy=\(proxy)",
                "--azure-token-proxy-ca-config-map=token-proxy-ca",
            ]
            try await Installation.with(flags: CloudIdentities.flags + flags) { installation in
                try await installation.controlPlane.kubectl([
                    "create", "configmap", "token-proxy-ca", "-n", installation.namespace,
                    "--from-literal=ca.crt=\(LocalClouds.authority)",
                ])
                _ = try await installation.create(CloudIdentities.serviceAccount())
                let pod = try await installation.create(
                    CloudIdentities.pod(annotations: #"{azure.workload.identity/use-proxy: "true"}"#),
                    until: ["AZURE_KUBERNETES_TOKEN_PROXY"]
                )
                let container = try await LocalContainer("main", of: pod, on: installation.controlPlane)
                let run = try await container.call([.azure], audiences: [.azure: proxy])
                #expect(run.result(of: .azure)["token"].string == "azure-\(CloudIdentities.client)", "\(run)")
                #expect(run.calls.map { $0["host"].string } == ["token-proxy.example.com"], "\(run)")
                #expect(run.tokens(shownTo: .azure) == [try .accepted(for: proxy, of: pod)])
            }
        }
    }
}
