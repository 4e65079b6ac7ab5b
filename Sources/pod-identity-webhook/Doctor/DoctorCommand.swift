internal import ArgumentParser
internal import Diagnosis
internal import FoundationEssentials
internal import Glibc
internal import HTTPClient
internal import Kubernetes
internal import KubernetesObjects
internal import Logging
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

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(name: [.customShort("n"), .long], help: "The namespace of ServiceAccounts and pods; all without it.")
    var namespace: String?

    @Option(help: "The name of the one ServiceAccount to look at.")
    var serviceAccount: String?

    @Option(help: "The name of the one pod to explain, in --namespace or that of the kubeconfig's context.")
    var pod: String?

    @Option(name: [.customShort("o"), .long], help: "text, or json for one document.")
    var output = Format.text

    @Option(name: [.customShort("v"), .long], help: "Whether each pod has a line, and not its workload.")
    var verbose = false

    @OptionGroup(title: "Cluster")
    var cluster: DoctorClusterOptions

    @OptionGroup(title: "Trust policies")
    var trust: DoctorTrustOptions

    @OptionGroup
    var identities: IdentityOptions

    func run() async throws {
        let configuration = try cluster.configuration()
        let options = try options(configuration)
        let typed = try PFlagSyntax.normalise(Array(CommandLine.arguments.dropFirst()))
        let group = NIOSingletons.posixEventLoopGroup
        // These limits are high because the doctor must not skip anything, and runs only for a short time.
        var clientOptions = APIClient.Options()
        clientOptions.maximumResponseBytes = 16 * 1024 * 1024
        clientOptions.responseMemory = 64 * 1024 * 1024
        let client = APIClient(
            configuration,
            on: group,
            options: clientOptions,
            logger: Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }
        )
        let doctor = Doctor(
            client: client,
            on: group,
            options: options,
            now: Timestamp(seconds: Int64(Date().timeIntervalSince1970)),
            setUp: { [cluster] in try DoctorSetup(typed: typed, pods: $0, cluster) }
        )
        let report = try await doctor.examine()
        switch output {
        case .text: print(report.text(isColoured: Self.isColoured, isVerbose: verbose), terminator: "")
        case .json: print(report.json)
        }
        guard report.verdict == .well else { throw ExitCode(report.verdict.rawValue) }
    }

    private func options(_ configuration: ClusterConfiguration) throws -> Doctor.Options {
        var options = cluster.options
        options.namespace = namespace ?? (pod == nil ? nil : configuration.namespace ?? "default")
        options.serviceAccount = serviceAccount
        options.pod = pod
        try trust.apply(to: &options)
        return options
    }

    /// Whether the output is coloured, which `NO_COLOR` prevents (https://no-color.org).
    private static var isColoured: Bool {
        isatty(STDOUT_FILENO) == 1 && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    func validate() throws {
        guard pod == nil || serviceAccount == nil else {
            throw ValidationError("--pod has its ServiceAccount: drop --service-account")
        }
    }
}
