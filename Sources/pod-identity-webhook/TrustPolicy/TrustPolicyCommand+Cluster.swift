internal import AWSIdentity
internal import AWSTrust
internal import ArgumentParser
internal import Diagnosis
internal import FoundationEssentials
internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOPosix
internal import OIDCIssuer

extension TrustPolicyCommand {
    /// The policy for tokens of the ServiceAccounts.
    ///
    /// - Throws: `ValidationError` that says which flag to give if something is not known. Errors of the cluster are
    ///   passed on.
    func webIdentity() async throws -> JSONTree {
        let accounts = try accounts
        let isComplete = issuer != nil && audience != nil && awsAccountId != nil
        guard !isComplete else { return try policy(accounts, TrustNeeds(), isFromCluster: false) }
        return try policy(accounts, try await needs(of: accounts), isFromCluster: true)
    }

    /// - Parameter isFromCluster: Whether the needs come from a cluster.
    func policy(_ accounts: Set<NamespacedName>, _ needs: TrustNeeds, isFromCluster: Bool) throws -> JSONTree {
        if isFromCluster { try check(accounts, needs) }
        guard let issuer = try issuer.map({ try TrustedIssuer($0) }) ?? needs.issuer else {
            throw ValidationError(
                "the issuer of the cluster's tokens is unknown (\(needs.issuerProblem)); pass --issuer"
            )
        }
        if issuer.namesPort { StandardError.write("warning: \(TrustedIssuer.portWarning)\n") }
        let claims = try accounts.map { account in
            guard let audience = audience ?? needs.accounts[account]?.audience else {
                throw ValidationError("the token audience of \(account) is unknown; pass --audience")
            }
            let subject = "system:serviceaccount:\(account.namespace):\(account.name)"
            return TrustPolicyDocument.Claims(subject: subject, audience: audience)
        }
        let role = try role(of: accounts, needs)
        guard let id = awsAccountId ?? role?.account else {
            let names = accounts.map { "\($0)" }.sorted().joined(separator: ", ")
            throw ValidationError("\(names): no role found; pass its account with --aws-account-id")
        }
        let partition = awsPartition ?? role?.partition ?? Self.partition(of: issuer)
        return TrustPolicyDocument.webIdentity(issuer, partition: partition, account: id, Set(claims))
    }

    private func check(_ accounts: Set<NamespacedName>, _ needs: TrustNeeds) throws {
        for account in accounts.sorted(by: { "\($0)" < "\($1)" }) {
            guard let need = needs.accounts[account] else {
                let reason = needs.findings.first.map { ": \($0.message)" } ?? ""
                throw ValidationError(
                    "the ServiceAccount \(account) does not exist or cannot be read\(reason); "
                        + "with --issuer, --audience and --aws-account-id no cluster is needed"
                )
            }
            if let association = need.association {
                throw ValidationError(
                    "\(account) uses \(association), whose role needs the policy that --eks-pod-identity prints"
                )
            }
        }
    }

    /// The common role of all those ServiceAccounts that have one.
    private func role(of accounts: Set<NamespacedName>, _ needs: TrustNeeds) throws -> RoleARN? {
        let roles = Set(accounts.compactMap { needs.accounts[$0]?.role }).sorted()
        guard roles.count <= 1 else {
            throw ValidationError(
                "the ServiceAccounts have different roles, which need one policy each: "
                    + roles.joined(separator: ", ")
            )
        }
        return roles.first.flatMap { RoleARN($0) }
    }

    /// The partition of the region in the name of an EKS issuer.
    private static func partition(of issuer: TrustedIssuer) -> String {
        let region = EKSIssuer(host: String(issuer.name.prefix { $0 != "/" && $0 != ":" }))?.region
        return region.map(RoleComposition.partition) ?? "aws"
    }

    // MARK: Cluster

    private func needs(of accounts: Set<NamespacedName>) async throws -> TrustNeeds {
        let group = NIOSingletons.posixEventLoopGroup
        let client = APIServerOptions.client(try cluster.server.configuration(), on: group)
        let doctor = Doctor(
            client: client,
            on: group,
            options: cluster.options,
            now: Timestamp(seconds: Int64(Date().timeIntervalSince1970)),
            setUp: { [cluster, awsAccountId, awsPartition] pods in
                let typed = Self.flags(of: pods, awsAccountId, awsPartition)
                return try DoctorSetup(typed: typed, pods: pods, cluster)
            }
        )
        return try await doctor.trustNeeds(of: accounts)
    }

    /// The webhook's flags from the command line. The account is used only to complete the names of roles.
    private static func flags(of pods: [RunningWebhook.Pod], _ id: String?, _ partition: String?) -> [String] {
        let arguments = pods.first.flatMap { try? PFlagSyntax.normalise($0.arguments) } ?? []
        guard FlagValues(arguments)["compose-role-arn"] == "true" else { return [] }
        return [("aws-account-id", id), ("aws-partition", partition)].compactMap { name, value in
            value.map { "--\(name)=\($0)" }
        }
    }
}
