import ArgumentParser
import JSON
import KubernetesObjects
import PodIdentity
import Testing

@testable import Diagnosis
@testable import pod_identity_webhook

@Suite("The flags that doctor assumes", .timeLimit(.minutes(5)))
struct WebhookFlagsTests {
    private static func pod(_ name: String, _ arguments: [String]) throws -> RunningWebhook.Pod {
        let list = arguments.map { JSONString($0).lexeme }.joined(separator: ",")
        let json =
            #"[{"metadata":{"name":"\#(name)"},"spec":{"serviceAccountName":"r","containers":[{"args":[\#(list)]}]}}]"#
        let running = try JSONParser().parse(Array(json.utf8)) { RunningWebhook($0, namespace: "n", target: nil) }
        return try #require(running?.pods.first)
    }

    private static func flags(_ typed: [String], _ running: [String]...) throws -> WebhookFlags {
        let pods = try running.enumerated().map { try pod("w-\($0)", $1) }
        return try WebhookFlags(typed: ["doctor", "--output=json", "--namespace=store"] + typed, pods: pods)
    }

    private static func codes(_ flags: WebhookFlags) -> [Finding.Code] { flags.findings.map(\.code) }

    @Test("are those of the webhook's pods, overridden by its own, with a warning if these differ")
    func combined() throws {
        let running = [
            "--annotation-prefix=example.com", "--token-audience", "a b", "--sts-regional-endpoint", "--namespace=own",
            "--aws-default-region=", "-v=2", "--logtostderr", "--scan-interval=15m", "--token-expiration=7200",
        ]
        let flags = try Self.flags(["--token-audience=c", "--token-expiration=7200"], running)
        #expect(flags.identities.aws.annotationPrefix == "example.com" && flags.identities.aws.stsRegionalEndpoint)
        #expect(flags.identities.tokens.tokenAudience == "c" && flags.identities.tokens.tokenExpiration == 7200)
        #expect(flags.running?.cluster.namespace == "own")
        #expect(Self.codes(flags) == [.flagsRead, .flagsDiffer])
        #expect(
            flags.findings.first?.message
                == "the webhook's flags: --annotation-prefix=example.com --token-audience=a b "
                + "--sts-regional-endpoint=true --aws-default-region= --token-expiration=7200"
        )
        let differing = try #require(flags.findings.last)
        #expect(differing.subject == "--token-audience" && differing.status == .warning)
        #expect(differing.message == "given as \"c\" here, but the webhook runs with \"a b\"")
    }

    @Test("are compared with the defaults if the webhook has none")
    func defaults() throws {
        let flags = try Self.flags(["--token-mount-path=/x", "--annotate-pods=true"], [])
        let finding = try #require(flags.findings.last)
        #expect(Self.codes(flags) == [.flagsRead, .flagsDiffer] && finding.subject == "--token-mount-path")
        #expect(finding.message.hasSuffix("\"/var/run/secrets/eks.amazonaws.com/serviceaccount\""))
    }

    @Test("have the value that was given last")
    func repeated() throws {
        let flags = try Self.flags(
            ["--token-audience=c", "--token-audience=d"],
            ["--token-audience=a", "--token-audience=b"]
        )
        #expect(flags.findings.last?.message == "given as \"d\" here, but the webhook runs with \"b\"")
        #expect(flags.identities.tokens.tokenAudience == "d")
    }

    @Test("are its own and the defaults if there is no pod, or one of a different program")
    func unreadable() throws {
        #expect(Self.codes(try Self.flags(["--token-audience=c"])) == [])
        let flags = try Self.flags(["--token-audience=c"], ["--annotation-prefix=x", "--no-such-flag=1"])
        let finding = try #require(flags.findings.first)
        #expect(Self.codes(flags) == [.flagsUnreadable] && finding.message.contains("no-such-flag"))
        #expect(finding.status == .unknown && flags.running == nil)
        #expect(flags.identities.aws.annotationPrefix == "eks.amazonaws.com")
        #expect(flags.identities.tokens.tokenAudience == "c")
    }

    @Test("are unknown if they depend on variables with values elsewhere")
    func unresolved() throws {
        var pod = try Self.pod("w", ["--token-audience=a"])
        pod.unresolved = ["--annotation-prefix=$(PREFIX)"]
        let flags = try WebhookFlags(typed: [], pods: [pod])
        let finding = try #require(flags.findings.last)
        #expect(Self.codes(flags) == [.flagsRead, .flagsUnreadable] && finding.status == .unknown)
        #expect(
            finding.message.hasPrefix(
                "--annotation-prefix=$(PREFIX) depend on variables whose values are not in the pod"
            )
        )
        #expect(flags.identities.tokens.tokenAudience == "a")
    }

    @Test(
        "include the tenant from the variables of the webhook's pods, in either spelling",
        arguments: [["AZURE_TENANT_ID": "t"], ["AZURE_TENANT_ID": "u", "CONFIG_AZURE_TENANT_ID": "t"]]
    )
    func tenant(variables: [String: String]) throws {
        let cluster = try DoctorClusterOptions.parse([])
        var pod = try Self.pod("w", ["--providers=google,azure"])
        pod.variables = ContainerVariables(known: variables, elsewhere: ["PROXY_IMAGE"])
        let setup = try DoctorSetup(typed: ["doctor"], pods: [pod], cluster)
        let account = #"{"metadata":{"annotations":{"azure.workload.identity/client-id":"c"}}}"#
        let json = #"{"metadata":{"name":"p","labels":{"azure.workload.identity/use":"true"}},"spec":{}}"#
        let annotations = try JSONParser().parse(Array(account.utf8)) {
            Annotations(of: ObjectView($0).metadata, keeping: ["azure.workload.identity/client-id"])
        }
        let injections = try JSONParser().parse(Array(json.utf8)) { root in
            var generator = SystemRandomNumberGenerator()
            let inputs = DecisionInputs(serviceAccount: .known(annotations))
            return setup.providers.decideEach(try PodView(root, namespace: "n"), inputs, using: &generator).injections
        }
        let variables = injections.flatMap(\.environment).flatMap(\.variables)
        #expect(variables.first { $0.name == "AZURE_TENANT_ID" }?.value == "t")
        let finding = try #require(setup.findings.last)
        #expect(
            finding.code == .flagsUnreadable && finding.message.hasPrefix("the webhook has PROXY_IMAGE from a Secret")
        )
    }

    @Test("must include the tenant if the webhook's pods have it from elsewhere")
    func unknownTenant() throws {
        let cluster = try DoctorClusterOptions.parse([])
        var pods = try [0, 1].map { _ in try Self.pod("w", ["--providers=azure"]) }
        pods[0].variables = ContainerVariables(elsewhere: ["CONFIG_AZURE_TENANT_ID"])
        pods[1].unresolved = ["--azure-tenant-id=$(TENANT)"]
        for pod in pods {
            let error = #expect(throws: ValidationError.self) {
                try DoctorSetup(typed: ["doctor"], pods: [pod], cluster)
            }
            #expect(
                error?.message.contains("from a Secret") ?? false
                    && error?.message.contains("--azure-tenant-id") ?? false
            )
            #expect(throws: Never.self) {
                try DoctorSetup(typed: ["doctor", "--azure-tenant-id=t"], pods: [pod], cluster)
            }
        }
    }

    @Test("should be the same in all pods")
    func replicas() throws {
        let flags = try Self.flags([], ["--token-audience=a"], ["--token-audience=b"], ["--token-audience=a"])
        let finding = try #require(flags.findings.last)
        #expect(Self.codes(flags) == [.flagsRead, .flagsDiffer] && finding.subject == "w-1")
        #expect(finding.message.hasPrefix("1 of 3 webhook pods"))
    }

    @Test("should name the registration that calls the webhook")
    func registration() throws {
        for (running, differs) in [
            ([], false), (["--webhook-configuration=other"], true),
            (["--in-cluster=false", "--webhook-configuration=other"], false),
        ] as [([String], Bool)] {
            var flags = try Self.flags([], running)
            flags.compare(registration: "pod-identity-webhook")
            #expect(Self.codes(flags).contains(.flagsDiffer) == differs, "\(running)")
        }
    }

    @Test("determine the webhook's rights and the place of its ConfigMap")
    func setup() throws {
        let cluster = try DoctorClusterOptions.parse([])
        let own = [
            "--namespace=own", "--watch-config-map", "--namespace-roles", "--scan-interval=1m", "--tls-secret=t",
        ]
        let setup = try DoctorSetup(typed: ["doctor"], pods: [Self.pod("w", own)], cluster)
        var rights = WebhookRights(namespace: "own")
        (rights.readsNamespaces, rights.watchesConfigMap, rights.scansPods) = (true, true, true)
        rights.certificates = .init(secret: "t", configuration: "pod-identity-webhook")
        #expect(setup.rights == rights && setup.readsNamespaces && setup.filesRead == [])
        #expect(
            setup.providers.configurations.map { "\($0.place)" }.contains { $0.hasSuffix("own/pod-identity-webhook") }
        )
        let files = try DoctorSetup(
            typed: ["doctor", "--config-map-namespace=typed", "--watch-config-map=true"],
            pods: [Self.pod("w", ["--namespace=own", "--in-cluster=false", "--service-accounts=x"])],
            cluster
        )
        #expect(files.rights.namespace == "own" && files.rights.certificates == nil && !files.rights.usesCluster)
        let place = try #require(files.providers.configurations.first?.place)
        #expect("\(place)".hasSuffix("typed/pod-identity-webhook"))
        #expect(try DoctorSetup(typed: ["doctor"], pods: [], cluster).rights == WebhookRights(namespace: "eks"))
    }

    @Test("do not require a file that only the webhook can read, unless it was given explicitly")
    func files() throws {
        let file = "--watch-container-credentials-config=/etc/webhook/config.json"
        let cluster = try DoctorClusterOptions.parse([])
        let setup = try DoctorSetup(typed: ["doctor"], pods: [Self.pod("w", [file])], cluster)
        #expect(setup.filesRead == [] && setup.providers.configurations.count == 1)
        #expect(throws: (any Error).self) { try DoctorSetup(typed: ["doctor", file], pods: [], cluster) }
    }

    @Test("must include the account if the webhook takes it from its instance")
    func composition() throws {
        let cluster = try DoctorClusterOptions.parse([])
        for (typed, words) in [
            ([], "the webhook runs with"), (["--compose-role-arn=true"], "no instance metadata is read"),
        ] {
            let error = #expect(throws: ValidationError.self) {
                try DoctorSetup(typed: ["doctor"] + typed, pods: [Self.pod("w", ["--compose-role-arn"])], cluster)
            }
            #expect(error?.message.contains(words) ?? false && error?.message.contains("--aws-account-id") ?? false)
        }
    }
}
