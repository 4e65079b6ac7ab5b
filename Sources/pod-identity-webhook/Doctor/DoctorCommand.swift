internal import AWSSecurityTokenService
internal import ArgumentParser
internal import Diagnosis
internal import FoundationEssentials
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOPosix

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Find out why pods are without their identity, in any cluster that a kubeconfig reaches.",
        discussion: """
            Checks the webhook's registration, endpoints, certificate and rights, creates a pod of each ServiceAccount with \
            a role by server-side dry run, and examines the existing pods. Changes nothing. The exit status is 1 if \
            something is wrong, and 2 if nothing wrong was found but something could not be looked at. The webhook's \
            own flags are read from its pods; those that are given here take precedence.
            """
    )

    @Option(name: [.customShort("n"), .long], help: "The namespace of ServiceAccounts and pods; all without it.")
    var namespace: String?

    @Option(help: "The name of the one ServiceAccount to look at.")
    var serviceAccount: String?

    @Option(help: "The name of the one pod to explain, in --namespace or that of the kubeconfig's context.")
    var pod: String?

    @Option(name: [.customShort("o"), .long], help: "text, or json for one document.")
    var output = ReportFormat.text

    @Option(name: [.customShort("v"), .long], help: "Whether each pod has a line, and not its workload.")
    var verbose = false

    @Option(help: "Whether it is well if no ServiceAccount has an identity, as in a new cluster.")
    var allowNoRoles = false

    @Option(help: "Whether to assume the role of each ServiceAccount, with a token and at AWS STS, as its pods do.")
    var assumeRoles = false

    @OptionGroup(title: "Cluster")
    var cluster: DoctorClusterOptions

    @OptionGroup(title: "Trust policies")
    var trust: DoctorTrustOptions

    @OptionGroup
    var identities: IdentityOptions

    func run() async throws {
        let configuration = try cluster.server.configuration()
        let typed = try PFlagSyntax.normalise(Array(CommandLine.arguments.dropFirst()))
        let group = NIOSingletons.posixEventLoopGroup
        let client = APIServerOptions.client(configuration, on: group)
        let doctor = Doctor(
            client: client,
            on: group,
            options: try options(configuration, on: group),
            now: Timestamp(seconds: Int64(Date().timeIntervalSince1970)),
            setUp: { [cluster] in try DoctorSetup(typed: typed, pods: $0, cluster) }
        )
        let report = try await doctor.examine()
        try report.write(output, isVerbose: verbose)
    }

    private func options(
        _ configuration: ClusterConfiguration,
        on group: any EventLoopGroup
    ) throws -> Doctor.Options {
        let environment = ProcessInfo.processInfo.environment
        var options = cluster.options
        options.namespace = namespace ?? (pod == nil ? nil : configuration.namespace ?? "default")
        options.serviceAccount = serviceAccount
        options.pod = pod
        options.isNoneExpected = allowNoRoles
        try trust.apply(to: &options)
        options.outbound = try OutboundHTTP(environment: environment, on: group)
        if assumeRoles {
            let region = identities.aws.awsDefaultRegion
            options.assumeRoles = AssumeRoleOptions(
                region: region.isEmpty ? environment["AWS_REGION"] ?? "" : region,
                endpoint: try STSEndpoint(environment: environment)
            )
        }
        return options
    }

    func validate() throws {
        guard pod == nil || serviceAccount == nil else {
            throw ValidationError("--pod has its ServiceAccount: drop --service-account")
        }
    }
}
