import AWSIdentity
import AzureIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("The proxy for the instance metadata service", .timeLimit(.minutes(5)))
struct ProxyTests {
    private static let own = #""initContainers": [{"name": "first"}]"#

    private func mutate(_ annotations: [String: String] = [:], version: ServerVersion? = ServerVersion(1, 36)) throws
        -> PureMutation
    {
        let all = ["inject-proxy-sidecar": "true"].merging(annotations) { $1 }
        return try AzurePod.mutate(try AzurePod.pod(all, spec: Self.own), version: version)
    }

    @Test("is a sidecar if all nodes support that, and an ordinary container otherwise")
    func versions() throws {
        for version in [ServerVersion(1, 32), ServerVersion(1, 36), ServerVersion(2, 0)] {
            let sidecar = try mutate(version: version)
            #expect(sidecar.names("initContainers") == ["azwi-proxy", "first", "azwi-proxy-init"])
            #expect(sidecar.names() == ["main"])
            #expect(sidecar.containers("initContainers").first?["restartPolicy"] == .string("Always"))
        }
        for version in [ServerVersion(1, 31), ServerVersion(0, 40)] {
            let container = try mutate(version: version)
            #expect(container.names("initContainers") == ["first", "azwi-proxy-init"])
            #expect(container.names() == ["azwi-proxy", "main"])
            #expect(container.containers().first?["restartPolicy"] == nil)
        }
        let unknown = try mutate(version: nil)
        #expect(unknown.denial?.code == 503 && unknown.reason == .serverVersionUnavailable)
    }

    @Test("has the identity in both of its containers, and their own settings")
    func content() throws {
        let result = try mutate(["proxy-sidecar-port": "8080"])
        let (proxy, first) = (result.containers("initContainers")[0], result.containers("initContainers")[2])
        let variables = try #require(result.containers().first).environment
        #expect(proxy.environment == variables)
        #expect(first.environment == ["PROXY_PORT=8080"] + variables)
        for container in [proxy, first] {
            #expect(container["volumeMounts"] == result.containers().first?["volumeMounts"])
            #expect(container["imagePullPolicy"] == .string("IfNotPresent") && container["resources"] == nil)
        }
        #expect(proxy["args"]?.elements?.map(\.string) == ["--proxy-port=8080", "--log-level=info"])
        #expect(first[path: ["securityContext", "privileged"]] == .literal("true"))
        #expect(proxy[path: ["securityContext", "runAsNonRoot"]] == .literal("true"))
        #expect(result.warnings.contains { $0.contains("privileged") })
    }

    @Test("has the configured images and resources")
    func settings() throws {
        var settings = AzurePod.settings
        settings.proxy.image = "own/proxy:1"
        settings.proxy.initImage = "own/init:1"
        settings.proxy.resources = .object(["limits": .object(["memory": .string("64Mi")])])
        let pod = try AzurePod.pod(["inject-proxy-sidecar": ""])
        let containers = try AzurePod.mutate(pod, settings: settings).containers("initContainers")
        #expect(containers.map { $0["image"]?.string } == ["own/proxy:1", "own/init:1"])
        #expect(containers.allSatisfy { $0["resources"] == settings.proxy.resources })
    }

    @Test("is not added if the annotation turns it off", arguments: ["false", "False", "0"])
    func no(value: String) throws {
        let result = try mutate(["inject-proxy-sidecar": value, "proxy-sidecar-port": "abc"], version: nil)
        #expect(result.names("initContainers") == ["first"] && result.denial == nil)
    }

    @Test("is added once, even after an upgrade of the API server, or if one of its containers exists")
    func once() throws {
        let old = try mutate(version: ServerVersion(1, 31))
        #expect(try AzurePod.mutate(old.pod, version: ServerVersion(1, 36)).patch == .array([]))
        let new = try mutate()
        #expect(try AzurePod.mutate(new.pod).patch == .array([]))
        let pod = try AzurePod.pod(
            ["inject-proxy-sidecar": "true"],
            containers: #"[{"name": "main"}, {"name": "azwi-proxy"}]"#
        )
        let result = try AzurePod.mutate(pod)
        #expect(result.names("initContainers") == ["azwi-proxy-init"])
        #expect(result.containers().map(\.environment.count) == [4, 4])
    }

    @Test(
        "is refused on the host network, on Windows, and with an invalid port",
        arguments: [
            (#""hostNetwork": true"#, "8000", "hostNetwork"), (#""os": {"name": "windows"}"#, "8000", "Linux"),
            ("", "0", "1 to 65535"), ("", "65536", "1 to 65535"), ("", "", "1 to 65535"), ("", "http", "1 to 65535"),
        ]
    )
    func refused(spec: String, port: String, text: String) throws {
        let pod = try AzurePod.pod(["inject-proxy-sidecar": "yes", "proxy-sidecar-port": port], spec: spec)
        let denial = try #require(try AzurePod.mutate(pod).denial)
        #expect(denial.code == 400 && denial.message.contains(text))
    }

    @Test("keeps its identity even if the pod skips it, and its init container needs none")
    func skipped() throws {
        let result = try mutate(["skip-containers": "azwi-proxy;azwi-proxy-init"])
        let (proxy, first) = (result.containers("initContainers")[0], result.containers("initContainers")[2])
        #expect(proxy.environment.count == 4 && first.environment == ["PROXY_PORT=8000"])
        #expect(result.warnings.contains { $0.hasPrefix("azwi-proxy is not skipped") })
        #expect(!result.warnings.contains { $0.hasPrefix("no container is named") })
    }

    @Test("is left out of the identities of other clouds, in either order of the providers")
    func otherClouds() throws {
        let account = Annotations([
            "azure.workload.identity/client-id": AzurePod.client,
            "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/app",
        ])
        let pod = try AzurePod.pod(["inject-proxy-sidecar": "true"], spec: Self.own)
        let aws = IRSAProvider(settings: AWSSettings())
        let azure = AzureIdentityProvider(settings: AzurePod.settings)
        let orders: [[any IdentityProvider]] = [[aws, azure], [azure, aws]]
        for providers in orders { try checkOtherClouds(pod, account, providers) }
    }

    private func checkOtherClouds(
        _ pod: JSONTree,
        _ account: Annotations,
        _ providers: [any IdentityProvider]
    ) throws {
        func mutate(_ pod: JSONTree) throws -> PureMutation {
            try PureMutation.run(
                pod,
                namespace: "ns",
                serviceAccount: .known(account),
                serverVersion: ServerVersion(1, 36),
                providers: providers
            )
        }
        let once = try mutate(pod)
        #expect(try mutate(once.pod).patch == .array([]))
        let helpers = once.containers("initContainers").filter { $0["name"]?.string?.hasPrefix("azwi") ?? false }
        #expect(helpers.count == 2)
        for container in helpers { #expect(!container.environment.contains { $0.hasPrefix("AWS_") }) }
        #expect(once.containers().first?.environment.contains { $0.hasPrefix("AWS_ROLE_ARN=") } ?? false)
    }
}
