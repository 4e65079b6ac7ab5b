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
        abstract: "Find out why pods lack their identity, in any cluster that a kubeconfig reaches.",
        discussion: """
            Checks the webhook's registration, endpoints, certificate and permissions, creates a pod for each \
            ServiceAccount with a role by server-side dry run, and examines the existing pods. Changes nothing. The \
            webhook's flags are read from its pods; flags given here take precedence.

            Examples:
              pod-identity-webhook doctor
              pod-identity-webhook doctor -n shop --service-account cart
              pod-identity-webhook doctor -n shop --pod cart-5d9c7 -o json

            Exit status:
              0   all is well
              1   something is wrong, or the cluster cannot be reached
              2   nothing wrong was found, but something could not be checked
              64  usage error

            Environment:
              KUBECONFIG
                  kubeconfig files, without --kubeconfig
              HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                  the proxy to the API server, to issuers and to AWS STS
              AWS_REGION, AWS_ENDPOINT_URL_STS
                  the region and the address of STS, for --assume-roles
              NO_COLOR
                  prints no colors if set
            """
    )

    @OptionGroup(title: "Examination")
    var examination: ExaminationOptions

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
        try report.write(examination.output, isVerbose: examination.verbose)
    }

    private func options(
        _ configuration: ClusterConfiguration,
        on group: any EventLoopGroup
    ) throws -> Doctor.Options {
        let environment = ProcessInfo.processInfo.environment
        var options = cluster.options
        options.namespace =
            examination.namespace ?? (examination.pod == nil ? nil : configuration.namespace ?? "default")
        options.serviceAccount = examination.serviceAccount
        options.pod = examination.pod
        options.isNoneExpected = examination.allowNoRoles
        try trust.apply(to: &options)
        options.outbound = try OutboundHTTP(environment: environment, on: group)
        if examination.assumeRoles {
            let region = identities.aws.awsDefaultRegion
            options.assumeRoles = AssumeRoleOptions(
                region: region.isEmpty ? environment["AWS_REGION"] ?? "" : region,
                endpoint: try STSEndpoint(environment: environment)
            )
        }
        return options
    }
}
