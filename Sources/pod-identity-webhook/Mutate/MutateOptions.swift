internal import ArgumentParser
internal import KubernetesObjects

/// The flags of `mutate` for its input and output.
struct MutateOptions: ParsableArguments {
    /// The results that make the exit status 1.
    enum Failure: String, ExpressibleByArgument, CaseIterable { case lost, warning }

    @Option(
        name: [.customShort("f"), .long],
        help: .path("A file of manifests (YAML or JSON), or - for standard input; can be repeated.")
    )
    var filename: [String]

    @Option(help: .path("A file of ServiceAccounts (YAML or JSON); can be repeated."))
    var serviceAccounts: [String] = []

    @Option(
        name: [.customShort("n"), .long],
        help: .name("The namespace of the request; by default each manifest's own, or default.")
    )
    var namespace: String?

    @Option(
        name: [.customShort("o"), .long],
        help: .value(
            "yaml|json|patch|diff",
            "The changed manifests, each pod's JSON patch on one line, or a diff of the text."
        )
    )
    var output = MutateOutput.yaml

    @Option(
        help: .value(
            "lost|warning",
            "Exit with status 1 if a pod does not get its identity (lost), or also for any warning and for a pod whose "
                + "ServiceAccount is not in the input (warning)."
        )
    )
    var failOn: Failure?

    func validate() throws {
        for (flag, files) in [("filename", filename), ("service-accounts", serviceAccounts)] {
            guard !files.contains("") else { throw ValidationError("--\(flag) must not be empty") }
            if let url = files.first(where: { $0.hasPrefix("https://") || $0.hasPrefix("http://") }) {
                throw ValidationError("cannot read \(url): URLs are not supported; download the file first")
            }
        }
        guard !serviceAccounts.contains("-") else {
            throw ValidationError("--service-accounts must name a file; only -f reads standard input")
        }
        let isName = namespace.map { NamespacedName(namespace: "", name: $0).isValid && !$0.contains(".") } ?? true
        guard isName else {
            throw ValidationError("--namespace must be the name of a namespace, not \"\(namespace ?? "")\"")
        }
    }
}
