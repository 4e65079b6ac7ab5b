internal import ArgumentParser
internal import Diagnosis
internal import FoundationEssentials
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOPosix
internal import OIDCIssuer

struct IssuerCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check an issuer as clouds see it, and compare its keys with the cluster's.",
        discussion: """
            doctor includes this check.

            Example:
              pod-identity-webhook issuer check https://oidc.example.com

            Exit status:
              0   all is well
              1   something is wrong
              2   nothing wrong was found, but something could not be checked
              64  usage error
            """
    )

    @Argument(help: .url("The issuer, https://…; by default the cluster's."))
    var url: String?

    @Option(name: [.customShort("o"), .long], help: .value("text|json", "The format of the report."))
    var output = ReportFormat.text

    @OptionGroup
    var server: APIServerOptions

    func run() async throws {
        let group = NIOSingletons.posixEventLoopGroup
        let outbound = try OutboundHTTP(environment: ProcessInfo.processInfo.environment, on: group)
        var check = IssuerCheck(outbound, now: Timestamp(seconds: Int64(Date().timeIntervalSince1970)))
        var findings: [Finding] = []
        let client = try client(on: group)
        let cluster = try await issuer(client, &findings)
        if let issuer = url ?? cluster?.text {
            check.isNamed = url != nil
            findings += await check.run(issuer, comparing: cluster).findings
        }
        let report = Report(cluster: client.map { "\($0.server)" } ?? "", findings: findings)
        try report.write(output, isVerbose: true)
    }

    /// - Returns: Nil if an issuer was given and there is no cluster to compare it with.
    private func client(on group: MultiThreadedEventLoopGroup) throws -> APIClient? {
        do {
            return APIServerOptions.client(try server.configuration(), on: group)
        } catch {
            guard url != nil, server.namesNothing else { throw error }
            return nil
        }
    }

    private func issuer(_ client: APIClient?, _ findings: inout [Finding]) async throws -> ClusterIssuer? {
        guard let client else { return nil }
        do {
            return try await ClusterIssuer.read(client, &findings)
        } catch {
            guard url != nil, server.namesNothing else { throw error }
            return nil
        }
    }
}
