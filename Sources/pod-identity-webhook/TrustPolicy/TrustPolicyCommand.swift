internal import AWSIdentity
internal import AWSTrust
internal import ArgumentParser
internal import JSON
internal import KubernetesObjects

/// Writes the trust policy that a role needs.
struct TrustPolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust-policy",
        abstract: "Print the IAM trust policy that the role of ServiceAccounts needs.",
        discussion: """
            The output is ready for aws iam create-role --assume-role-policy-document, and for aws iam \
            update-assume-role-policy --policy-document, which replaces the policy that the role has. The issuer, the \
            role and the audience of tokens come from the cluster unless they are given here; with --issuer, --audience \
            and --aws-account-id no cluster is asked. Changes nothing.

            Examples:
              pod-identity-webhook trust-policy -n shop --service-account cart
              pod-identity-webhook trust-policy --eks-pod-identity

            Exit status:
              0   success
              1   the cluster cannot be reached
              64  usage error, or a required option is missing

            Environment:
              KUBECONFIG
                  kubeconfig files, without --kubeconfig
              HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                  the proxy to the API server
            """
    )

    @Option(
        name: [.customShort("n"), .long],
        help: .name("The namespace of ServiceAccounts that are given by name alone.")
    )
    var namespace: String?

    @Option(help: .value("[namespace/]name", "A ServiceAccount that may assume the role; can be repeated."))
    var serviceAccount: [String] = []

    @Option(help: .url("The issuer of the cluster's tokens, https://…; by default what the API server says."))
    var issuer: String?

    @Option(help: .value("audience", "The audience of tokens; by default what the webhook gives them."))
    var audience: String?

    @Option(help: .value("account", "The account of the role, twelve digits; by default that of the annotated role."))
    var awsAccountId: String?

    @Option(
        help: .value(
            "partition",
            "The partition of the role, such as aws-cn; by default that of the role, of an EKS issuer, or aws."
        )
    )
    var awsPartition: String?

    @Option(
        help: .boolean("Print the policy for EKS Pod Identity, which is the same for all ServiceAccounts.")
    )
    var eksPodIdentity = false

    @OptionGroup
    var cluster: DoctorClusterOptions

    func run() async throws {
        let policy = try await eksPodIdentity ? TrustPolicyDocument.eksPodIdentity : webIdentity()
        let size = TrustPolicyDocument.size(policy)
        if size > TrustPolicyDocument.quota {
            StandardError.write(
                "the policy has \(size) characters; more than \(TrustPolicyDocument.quota) need a higher IAM quota\n"
            )
        }
        try StandardOutput.write(policy.prettyBytes + Array("\n".utf8))
    }

    /// The ServiceAccounts in the arguments.
    ///
    /// - Throws: `ValidationError` if an argument is not the name of one.
    var accounts: Set<NamespacedName> {
        get throws {
            var accounts: Set<NamespacedName> = []
            for text in serviceAccount {
                let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                let place = parts.count > 1 ? parts.first : namespace
                guard let place else {
                    throw ValidationError(
                        "--service-account \(text) needs a namespace: add -n NAMESPACE, or write NAMESPACE/NAME"
                    )
                }
                let account = NamespacedName(namespace: place, name: parts.last ?? "")
                guard parts.count <= 2, !place.isEmpty, account.isValid else {
                    throw ValidationError("--service-account must be NAME or NAMESPACE/NAME, not \"\(text)\"")
                }
                accounts.insert(account)
            }
            return accounts
        }
    }

    func validate() throws {
        guard serviceAccount.isEmpty || !eksPodIdentity else {
            throw ValidationError("--eks-pod-identity needs no --service-account; drop it")
        }
        let isForAny = try accounts.isEmpty
        guard !isForAny || eksPodIdentity else {
            throw ValidationError("pass the ServiceAccount that the policy is for: -n NAMESPACE --service-account NAME")
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
