internal import AWSIdentity
internal import AWSTrust
internal import ArgumentParser
internal import JSON
internal import KubernetesObjects

/// Writes the trust policy that a role needs.
struct TrustPolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust-policy",
        abstract: "Print the trust policy that the role of ServiceAccounts needs in IAM.",
        discussion: """
            The output is ready for aws iam create-role --assume-role-policy-document and aws iam \
            update-assume-role-policy --policy-document, which replaces what the role has. The issuer, the role and the \
            audience of tokens come from the cluster, and what is given here takes precedence; with all of --issuer, \
            --audience and --aws-account-id no cluster is asked. Changes nothing.
            """
    )

    @Option(name: [.customShort("n"), .long], help: "The namespace of ServiceAccounts that are given by name alone.")
    var namespace: String?

    @Option(help: "A ServiceAccount, NAME or NAMESPACE/NAME; can be repeated, for a role that several have.")
    var serviceAccount: [String] = []

    @Option(help: "The issuer of the cluster's tokens, https://…; without it the API server is asked.")
    var issuer: String?

    @Option(help: "The audience of tokens; without it that which the webhook gives them.")
    var audience: String?

    @Option(help: "The account of the role, twelve digits; without it that of the role in the annotation.")
    var awsAccountId: String?

    @Option(
        help: "The partition of the role, such as aws-cn; without it that of the role, or of an issuer of EKS, or aws."
    )
    var awsPartition: String?

    @Option(help: "Whether it is for EKS Pod Identity, the same for all ServiceAccounts.")
    var eksPodIdentity = false

    @OptionGroup(title: "Cluster")
    var cluster: DoctorClusterOptions

    func run() async throws {
        let policy = try await eksPodIdentity ? TrustPolicyDocument.eksPodIdentity : webIdentity()
        let size = TrustPolicyDocument.size(policy)
        if size > TrustPolicyDocument.quota {
            StandardError.write(
                "the policy has \(size) characters: more than \(TrustPolicyDocument.quota) need a higher quota of IAM\n"
            )
        }
        try StandardOutput.write(policy.prettyBytes + Array("\n".utf8))
    }

    /// The ServiceAccounts that were named.
    ///
    /// - Throws: `ValidationError` if a name is none.
    var accounts: Set<NamespacedName> {
        get throws {
            var accounts: Set<NamespacedName> = []
            for text in serviceAccount {
                let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                let place = parts.count == 2 ? parts.first : namespace
                guard let place else {
                    throw ValidationError("--service-account \(text) needs its namespace: give -n, or NAMESPACE/NAME")
                }
                let account = NamespacedName(namespace: place, name: parts.last ?? "")
                guard parts.count <= 2, !place.isEmpty, account.isValid else {
                    throw ValidationError("--service-account is NAME or NAMESPACE/NAME, not \"\(text)\"")
                }
                accounts.insert(account)
            }
            return accounts
        }
    }

    func validate() throws {
        let isForAny = try accounts.isEmpty
        guard !isForAny || eksPodIdentity else {
            throw ValidationError("give the ServiceAccount that the policy is for: -n NAMESPACE --service-account NAME")
        }
        do {
            _ = try issuer.map { try TrustedIssuer($0) }
        } catch {
            throw ValidationError("--issuer: \(error)")
        }
        guard audience.map({ !$0.isEmpty }) ?? true else { throw ValidationError("--audience must not be empty") }
        guard awsAccountId.map(RoleComposition.isAccount) ?? true else {
            throw ValidationError("--aws-account-id must be twelve digits, not \"\(awsAccountId ?? "")\"")
        }
        guard awsPartition.map({ RoleARN.isPartition($0) }) ?? true else {
            throw ValidationError("--aws-partition must be aws or aws-…, not \"\(awsPartition ?? "")\"")
        }
    }
}
