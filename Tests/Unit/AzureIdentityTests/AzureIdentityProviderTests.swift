import AzureIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("An Azure identity", .timeLimit(.minutes(5)))
struct AzureIdentityProviderTests {
    private func mutate(_ annotations: [String: String] = [:], _ account: Annotations = AzurePod.account) throws
        -> PureMutation
    {
        try AzurePod.mutate(try AzurePod.pod(annotations), .known(account))
    }

    @Test("requires the pod's label with exactly this value", arguments: [nil, "", "True", "1", "false"])
    func label(value: String?) throws {
        let pod = try AzurePod.pod(use: value)
        for account in [DecisionInputs.Object.absent, .unknown, .unavailable("x")] {
            let result = try AzurePod.mutate(pod, account)
            #expect(result.reason == .noIdentity && result.denial == nil && result.patch == .array([]))
        }
    }

    @Test("consists of variables, the token, and its mount")
    func whole() throws {
        let result = try mutate()
        let container = try #require(result.containers().first)
        let folder = "/var/run/secrets/azure/wi"
        #expect(
            container.environment == [
                "AZURE_CLIENT_ID=\(AzurePod.client)", "AZURE_TENANT_ID=\(AzurePod.tenant)",
                "AZURE_FEDERATED_TOKEN_FILE=\(folder)/token/azure-identity-token",
                "AZURE_AUTHORITY_HOST=https://login.microsoftonline.com/",
            ]
        )
        let audience = TokenOracle.audience(at: "\(folder)/token/azure-identity-token", container, in: result.pod)
        #expect(audience == "api://AzureADTokenExchange")
        #expect(result.reason == .injected && result.warnings == [])
    }

    @Test("has its own authority and audience in each cloud", arguments: AzureCloud.allCases)
    func clouds(cloud: AzureCloud) throws {
        var settings = AzurePod.settings
        settings.cloud = cloud
        let result = try AzurePod.mutate(try AzurePod.pod(), settings: settings)
        let hosts: [AzureCloud: String] = [
            .publicCloud: "login.microsoftonline.com", .usGovernment: "login.microsoftonline.us",
            .china: "login.chinacloudapi.cn", .germany: "login.microsoftonline.de",
        ]
        let environment = try #require(result.containers().first).environment
        #expect(environment.last == "AZURE_AUTHORITY_HOST=https://\(hosts[cloud] ?? "")/")
        let audiences: [AzureCloud: String] = [
            .usGovernment: "api://AzureADTokenExchangeUSGov", .china: "api://AzureADTokenExchangeChina",
        ]
        let audience = result.sources.first?[path: ["serviceAccountToken", "audience"]]?.string
        #expect(audience == audiences[cloud] ?? "api://AzureADTokenExchange")
        settings.audience = "own"
        let own = try AzurePod.mutate(try AzurePod.pod(), settings: settings)
        #expect(own.sources.first?[path: ["serviceAccountToken", "audience"]] == .string("own"))
    }

    @Test("has the token at the older path if that is configured")
    func olderPath() throws {
        var settings = AzurePod.settings
        settings.tokenMountPath = "/var/run/secrets/azure/tokens"
        settings.tokenPath = "azure-identity-token"
        let result = try AzurePod.mutate(try AzurePod.pod(), settings: settings)
        let file = "/var/run/secrets/azure/tokens/azure-identity-token"
        let container = try #require(result.containers().first)
        #expect(container.environment.contains("AZURE_FEDERATED_TOKEN_FILE=\(file)"))
        #expect(TokenOracle.audience(at: file, container, in: result.pod) != nil)
    }

    @Test("does not expand references in the ServiceAccount's annotations")
    func references() throws {
        let account = Annotations(["azure.workload.identity/client-id": "$(SECRET)"])
        let environment = try #require(try mutate([:], account).containers().first).environment
        #expect(environment.first == "AZURE_CLIENT_ID=$$(SECRET)")
    }

    @Test(
        "causes a warning if its client ID or tenant is malformed",
        arguments: ["not-a-uuid", "{22222222-2222-4222-8222-222222222222}"]
    )
    func malformed(client: String) throws {
        let result = try mutate([:], Annotations(["azure.workload.identity/client-id": client]))
        #expect(result.reason == .malformedIdentity)
        #expect(result.warnings.contains { $0.hasPrefix("the client ID is not a GUID: \"\(client)\"") })
        let tenant = try mutate([:], Annotations(["azure.workload.identity/tenant-id": "a b"]))
        #expect(tenant.warnings.contains { $0.hasPrefix("the tenant is neither a GUID nor a domain") })
        let domain = try mutate(
            [:],
            Annotations([
                "azure.workload.identity/client-id": AzurePod.client,
                "azure.workload.identity/tenant-id": "tenant.example.com",
            ])
        )
        #expect(domain.warnings == [] && domain.reason == .injected)
    }

    @Test("lacks only the client ID if there is none, with a warning, and an empty tenant counts as none")
    func absent() throws {
        let result = try mutate([:], Annotations(["azure.workload.identity/tenant-id": ""]))
        let names = try #require(result.containers().first).environment.map { $0.prefix { $0 != "=" } }
        #expect(names == ["AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST"])
        #expect(result.warnings.count == 2 && result.reason == .injected)
    }

    @Test(
        "is denied if a setting is invalid",
        arguments: [
            (["service-account-token-expiration": "3599"], "3600 to 86400"),
            (["service-account-token-expiration": "86401"], "3600 to 86400"),
            (["service-account-token-expiration": "1h"], "without a unit"),
            (["skip-containers": String(repeating: "a;", count: 1100)], "more than 2100 bytes"),
        ]
    )
    func denied(annotations: [String: String], text: String) throws {
        let result = try mutate(annotations)
        let denial = try #require(result.denial)
        #expect(denial.code == 400 && denial.reason == .invalidSetting && denial.message.contains(text))
        #expect(result.patch == .array([]))
    }

    @Test("is denied for a ServiceAccount's invalid lifetime only if the pod has none, and an empty one is invalid")
    func lifetimes() throws {
        let key = "service-account-token-expiration"
        let account = Annotations(["azure.workload.identity/\(key)": "1e4"])
        #expect(try mutate([:], account).denial?.code == 400)
        #expect(try mutate([key: ""], account).denial?.code == 400)
        #expect(try mutate([key: "7200"], account).denial == nil)
    }

    @Test("is denied without a ServiceAccount, and temporarily if the lookup fails")
    func serviceAccounts() throws {
        let absent = try AzurePod.mutate(try AzurePod.pod(), .absent)
        #expect(absent.denial?.code == 400 && absent.reason == .serviceAccountNotFound)
        let late = try AzurePod.mutate(try AzurePod.pod(), .unavailable("no answer"))
        #expect(late.denial?.code == 503 && late.reason == .serviceAccountUnavailable)
        #expect(late.denial?.message.contains("no answer") ?? false)
        #expect(throws: PureMutationError.needsLookup) { try AzurePod.mutate(try AzurePod.pod(), .unknown) }
    }

    @Test("is that of the ServiceAccount default if the pod names none, unless it is a mirror pod")
    func defaultServiceAccount() throws {
        var pod = try AzurePod.pod()
        pod[path: ["spec", "serviceAccountName"]] = nil
        #expect(try AzurePod.mutate(pod).reason == .injected)
        #expect(throws: PureMutationError.needsLookup) { try AzurePod.mutate(pod, .unknown) }
        pod[path: ["metadata", "annotations"]]?["kubernetes.io/config.mirror"] = .string("x")
        #expect(try AzurePod.mutate(pod).reason == .noServiceAccount)
    }

    @Test("is not added to containers that the pod skips, with a warning for names that do not exist")
    func skipped() throws {
        let containers = #"[{"name": "main"}, {"name": "other"}]"#
        let pod = try AzurePod.pod(["skip-containers": " other ; none;;"], containers: containers)
        let result = try AzurePod.mutate(pod)
        #expect(result.containers().map(\.environment.count) == [4, 0])
        #expect(result.warnings == ["no container is named none, which should be skipped"])
    }

    @Test("causes a warning if a container has its own credentials, which take precedence")
    func overriding() throws {
        let containers = #"[{"name": "main", "env": [{"name": "AZURE_CLIENT_SECRET", "value": "x"}]}]"#
        let result = try AzurePod.mutate(try AzurePod.pod(containers: containers))
        #expect(result.warnings.contains { $0.hasPrefix("sets AZURE_CLIENT_SECRET, which SDKs use instead") })
    }

    @Test("causes a warning that the API server refuses the pod if the token's mount path is in use")
    func takenPlace() throws {
        let containers =
            #"[{"name": "main", "volumeMounts": [{"name": "v", "mountPath": "/var/run/secrets/azure/wi"}]}]"#
        let result = try AzurePod.mutate(try AzurePod.pod(containers: containers))
        #expect(result.containers().first?["volumeMounts"]?.elements?.count == 2)
        #expect(result.reason == .mountConflict)
        #expect(result.warnings.contains { $0.contains("volume v is mounted at") })
    }

    @Test("is checked when its ServiceAccount is written")
    func problems() {
        let provider = AzureIdentityProvider(settings: AzurePod.settings)
        let annotations = Annotations([
            "azure.workload.identity/client-id": "x", "azure.workload.identity/tenant-id": "",
            "azure.workload.identity/service-account-token-expiration": "60",
            "azure.workload.identity/skip-containers": "a", "azure.workload.identity/clientid": "y",
        ])
        let problems = provider.problems(ofServiceAccount: annotations).lines
        let starts = ["the client ID", "azure.workload.identity/tenant-id is empty", "azure.workload.identity/service"]
        for (problem, start) in zip(problems, starts) { #expect(problem.hasPrefix(start)) }
        #expect(problems.count == 5 && problems[3].hasPrefix("ignored on a ServiceAccount"))
        #expect(problems[4].hasPrefix("unknown annotation azure.workload.identity/clientid ignored; did you mean"))
        #expect(problems[4].hasSuffix(" azure.workload.identity/client-id?"))
        #expect(provider.problems(ofServiceAccount: AzurePod.account).isEmpty)
        #expect(provider.givesIdentity(AzurePod.account) && !provider.givesIdentity(Annotations()))
    }
}
