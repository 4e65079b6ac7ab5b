internal import AWSIdentity
internal import ArgumentParser
internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity

struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Print a policy with which the API server itself gives pods their AWS role.",
        discussion: """
            Takes the webhook's flags and prints a MutatingAdmissionPolicy and its binding, for Kubernetes 1.36 and \
            later. With them the API server gives roles even while no replica of the webhook answers. What the policy \
            cannot do with these flags is noted on standard error; docs/admission-policy.md has the whole list.

            Example:
              pod-identity-webhook policy | kubectl apply -f -

            Exit status:
              0   success
              1   a file cannot be read
              64  usage error
            """
    )

    @OptionGroup(title: "Policy")
    var options: PolicyOptions

    @OptionGroup
    var identities: IdentityOptions

    /// The first version with the policy's API.
    private static let oldestVersion = ServerVersion(1, 36)

    func run() throws {
        // Its default is for other commands, so that only a version that was typed counts.
        let typed = FlagValues(try PFlagSyntax.normalise(Array(CommandLine.arguments.dropFirst())))
        if let version = typed["kubernetes-version"], try identities.serverVersion < Self.oldestVersion {
            throw ValidationError("the policy needs Kubernetes 1.36 or later, not \(version)")
        }
        let identitiesFile = try identities.policyIdentitiesFile()
        for problem in identitiesFile.problems { StandardError.write("\(problem)\n") }
        guard let policy = try identities.admissionPolicy(excluding: identitiesFile.accounts) else {
            throw ValidationError("a policy gives AWS roles only, and --providers does not include aws")
        }
        for note in try identities.policyNotes { StandardError.write("note: \(note)\n") }
        let texts = policy.manifests(name: options.name).map { Manifests.yaml($0) }
        try StandardOutput.write(Array(([Self.comment] + texts).joined(separator: "---\n").utf8))
    }

    private static let comment = """
        # Made by `pod-identity-webhook policy`, for Kubernetes 1.36 and later (docs/admission-policy.md).

        """
}

struct PolicyOptions: ParsableArguments {
    @Option(help: .name("The name of the policy and of its binding."))
    var name = AdmissionPolicy.defaultName

    func validate() throws {
        guard !name.isEmpty else { throw ValidationError("--name must not be empty") }
        guard NamespacedName(namespace: "", name: name).isValid else {
            throw ValidationError("--name must consist of lower-case letters, digits, - and ., not \"\(name)\"")
        }
    }
}
