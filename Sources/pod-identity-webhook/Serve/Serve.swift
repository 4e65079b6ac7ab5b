internal import ArgumentParser
internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOPosix

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer the API server's admission reviews.",
        discussion: """
            Runs until SIGTERM or SIGINT. Flags have the forms of Go's pflag: --name=value, --name value, and --name or \
            --name=false for booleans. Durations are written as 500ms, 30s or 1h30m.

            Examples:
              pod-identity-webhook --port=8443
              pod-identity-webhook --port=8443 --service-accounts=accounts.yaml \\
                --tls-cert=tls.crt --tls-key=tls.key

            Exit status:
              0   stopped by a signal
              1   failure
              64  usage error

            Environment:
              KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT
                  the API server, without --kubeconfig and --kube-api
              HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                  the proxy to the API server
              AWS_EC2_METADATA_SERVICE_ENDPOINT, AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE
                  the instance metadata service, for --compose-role-arn
              AZURE_*, PROXY_IMAGE, PROXY_INIT_IMAGE
                  defaults of the Azure options
            """
    )

    @OptionGroup(title: "Cluster")
    var cluster: ClusterOptions

    @OptionGroup(title: "TLS")
    var tls: TLSOptions

    @OptionGroup(title: "The webhook's own certificates")
    var certificates: CertificateOptions

    @OptionGroup
    var identities: IdentityOptions

    @OptionGroup(title: "Limits")
    var limits: LimitOptions

    @OptionGroup(title: "Operations")
    var operations: OperationsOptions

    func run() async throws {
        Allocator.returnLargeBuffers()
        // The process must not end when the reader of standard error does.
        signal(SIGPIPE, SIG_IGN)
        let log = LogWriter()
        do {
            try await serve(log)
            await log.finish()
        } catch {
            let error = PrivilegedPorts.explaining(error)
            // Every line of a JSON log must be JSON.
            if operations.logFormat == .json {
                operations.logger(log.write).critical("stopped by an error", metadata: ["error": "\(error)"])
            }
            await log.finish()
            throw operations.logFormat == .json ? Self.exitCode(for: error) : error
        }
    }

    /// The argument without what stands before an `@` in a URL: the user name and the password, even if the URL is malformed.
    static func withoutCredentials(_ argument: String) -> String {
        let parts = argument.split(separator: "://", omittingEmptySubsequences: false).map(String.init)
        return parts.enumerated().map { index, part in
            guard index > 0, let end = part.lastIndex(of: "@") else { return part }
            return "…" + part[end...]
        }.joined(separator: "://")
    }

    private func serve(_ log: LogWriter) async throws {
        // Parsing arguments takes much of the program that nothing else needs.
        let memory = ResidentMemory()
        memory.release()
        let logger = operations.logger(log.write)
        let typed = Array(CommandLine.arguments.dropFirst())
        logger.info(
            "starting",
            metadata: [
                "version": "\(PodIdentityWebhook.version)", "commit": "\(PodIdentityWebhook.commit)",
                "arguments": .array(typed.map { "\(Self.withoutCredentials($0))" }),
            ]
        )
        operations.logFlagsWithoutEffect(to: logger)
        try identities.logUnusedFlags(try PFlagSyntax.normalise(typed), to: logger)
        if try identities.clouds.contains(.aws) { identities.aws.logContradictions(to: logger) }
        let group = MultiThreadedEventLoopGroup(
            numberOfThreads: operations.eventLoops ?? OperationsOptions.defaultEventLoops
        )
        let composition = try await identities.aws.composition(group: group, logger: logger)
        let providers = try identities.providers(configMapNamespace: cluster.namespace, composition: composition)
        try await Webhook(self, providers: providers, on: group, memory: memory, log: log, logger: logger).run()
        try await group.shutdownGracefully()
        logger.info("stopped")
    }
}
