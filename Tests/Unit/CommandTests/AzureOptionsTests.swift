import ArgumentParser
import JSON
import Testing

@testable import AzureIdentity
@testable import pod_identity_webhook

@Suite("The flags and variables for Azure", .timeLimit(.minutes(5)))
struct AzureOptionsTests {
    private static let tenant = "--azure-tenant-id=t"
    private static let endpoint = [
        tenant, "--custom-token-endpoint-annotation-suffix=binding", "--custom-token-endpoint-audience=api://Binding",
        "--azure-token-proxy=https://proxy",
    ]

    private func settings(_ flags: [String], _ environment: [String: String] = [:]) throws -> AzureSettings {
        try IdentityOptions.parse(try PFlagSyntax.normalise(flags)).azure.settings(environment: environment)
    }

    @Test("have the defaults of Azure's own webhook, except that the audience depends on the cloud")
    func defaults() throws {
        var expected = AzureSettings()
        expected.tenantID = "t"
        #expect(try settings([Self.tenant]) == expected)
        #expect(expected.tokenMountPath == "/var/run/secrets/azure/wi")
        #expect(expected.tokenPath == "token/azure-identity-token")
    }

    @Test("take precedence over the variables, in either spelling, and an empty variable counts as unset")
    func precedence() throws {
        let environment = [
            "AZURE_TENANT_ID": "plain", "CONFIG_AZURE_TENANT_ID": "prefixed", "AZURE_ENVIRONMENT": "azureusgovernment",
            "PROXY_IMAGE": "", "CONFIG_PROXY_INIT_IMAGE": "own",
        ]
        let settings = try settings([], environment)
        #expect(settings.tenantID == "prefixed" && settings.cloud == .usGovernment)
        #expect(settings.proxy.image == ProxySettings().image && settings.proxy.initImage == "own")
        let flags = try self.settings([Self.tenant, "--azure-environment=AZURECHINACLOUD"], environment)
        #expect(flags.tenantID == "t" && flags.cloud == .china)
    }

    @Test("set the token endpoint with the flags of Azure's own webhook")
    func tokenEndpoint() throws {
        let endpoint = try #require(try settings(Self.endpoint + ["--audience=own"]).tokenEndpoint)
        #expect(endpoint.annotationSuffix == "binding" && endpoint.audience == "api://Binding")
        #expect(endpoint.url == "https://proxy" && endpoint.authorities == .system)
        #expect(try settings(Self.endpoint + ["--audience=own"]).audience == "own")
        let variables = [
            "AZURE_KUBERNETES_CA_CTB_SIGNER_NAME": "s",
            "AZURE_KUBERNETES_CA_CTB_LABEL_SELECTOR": #"{"matchLabels":{}}"#,
        ]
        let bundle = try settings(Self.endpoint, variables).tokenEndpoint?.authorities
        #expect(bundle == .trustBundle(signerName: "s", labelSelector: .object(["matchLabels": .object([:])])))
        #expect(
            try settings(Self.endpoint, ["AZURE_KUBERNETES_CA_DATA": "PEM"]).tokenEndpoint?.authorities == .data("PEM")
        )
    }

    @Test(
        "are refused with a reason if they are invalid",
        arguments: [
            ([], "needs --azure-tenant-id or AZURE_TENANT_ID"),
            ([tenant, "--azure-environment=Moon"], "--azure-environment must be AzurePublicCloud, "),
            ([tenant, "--custom-token-endpoint-audience=x"], "must be set together"),
            (endpoint + ["--custom-token-endpoint-annotation-suffix=a-"], "ending in a letter or digit"),
            (endpoint + ["--custom-token-endpoint-audience=API://azureadtokenexchange"], "must not be the audience"),
            (endpoint + ["--azure-token-proxy=http://x"], "an https URL, not \"http://x\""),
            (
                endpoint + ["--azure-token-proxy-ca-data=x", "--azure-token-proxy-ca-config-map=y"],
                "comes from one place"
            ),
            (endpoint + ["--azure-token-proxy-ca-selector={}"], "needs --azure-token-proxy-ca-signer"),
            (
                endpoint + ["--azure-token-proxy-ca-signer=s", "--azure-token-proxy-ca-selector=[]"],
                "must be a label selector"
            ),
            ([tenant, "--azure-token-path=../x"], "must be a relative path"),
            ([tenant, "--azure-token-mount-path=x"], "must be an absolute path"),
            ([tenant, "--azure-proxy-resources=x"], "must be a JSON object"),
            ([tenant, "--kubernetes-version=new"], "must be like 1.34"),
        ]
    )
    func refused(flags: [String], text: String) {
        let error = #expect(throws: (any Error).self) { try settings(flags) }
        #expect(error.map { IdentityOptions.message(for: $0).contains(text) } ?? false)
    }
}
