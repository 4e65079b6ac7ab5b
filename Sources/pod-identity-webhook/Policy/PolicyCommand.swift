internal import AWSIdentity
internal import ArgumentParser
internal import JSON
internal import Kubernetes

struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Print a policy with which the API server itself gives pods their AWS role.",
        discussion: """
            Takes the webhook's flags and prints a MutatingAdmissionPolicy and its binding, for Kubernetes 1.36 and \
            later. With them the API server gives roles even while no replica of the webhook answers. What the policy \
            cannot do with these flags is noted on standard error; docs/admission-policy.md has the whole list.

            Example:
              pod-identity-webhook policy --aws-default-region=eu-west-1 | kubectl apply -f -

            Exit status:
              0   success
              1   a file cannot be read
              64  the command line cannot be used
            """
    )

    @OptionGroup(title: "Policy")
    var options: PolicyOptions

    @OptionGroup
    var identities: IdentityOptions

    func run() throws {
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
    }
}
