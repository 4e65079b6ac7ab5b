internal import AWSIdentity
internal import ArgumentParser
internal import JSON
internal import Kubernetes

struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Print a policy by which the API server itself gives pods their role of AWS.",
        discussion: """
            Takes the flags of the webhook, and prints a MutatingAdmissionPolicy with its binding for kubectl apply. \
            Kubernetes 1.36 and later have them. The API server then gives roles while no replica of the webhook \
            answers; what the policy cannot do is in docs/admission-policy.md, and on standard error as far as it \
            concerns these flags.
            """
    )

    @Option(help: "The name of the policy and of its binding.")
    var name = AdmissionPolicy.defaultName

    @OptionGroup
    var identities: IdentityOptions

    func run() throws {
        let identitiesFile = try identities.policyIdentitiesFile()
        for problem in identitiesFile.problems { StandardError.write("\(problem)\n") }
        guard let policy = try identities.admissionPolicy(excluding: identitiesFile.accounts) else {
            throw ValidationError("a policy gives roles of AWS alone, and --providers does not name aws")
        }
        for note in try identities.policyNotes { StandardError.write("note: \(note)\n") }
        let texts = policy.manifests(name: name).map { Manifests.yaml($0) }
        try StandardOutput.write(Array(([Self.comment] + texts).joined(separator: "---\n").utf8))
    }

    private static let comment = """
        # Made by `pod-identity-webhook policy`, for Kubernetes 1.36 and later (docs/admission-policy.md).

        """

    func validate() throws {
        guard !name.isEmpty else { throw ValidationError("--name must not be empty") }
    }
}
