internal import ArgumentParser

/// The flags of `doctor` for what to examine, and how to report it.
struct ExaminationOptions: ParsableArguments {
    @Option(
        name: [.customShort("n"), .long],
        help: .name("The namespace of ServiceAccounts and pods; by default all.")
    )
    var namespace: String?

    @Option(help: .name("Examine only this ServiceAccount."))
    var serviceAccount: String?

    @Option(help: .name("Explain only this pod, in --namespace or the namespace of the kubeconfig's context."))
    var pod: String?

    @Option(name: [.customShort("o"), .long], help: .value("text|json", "The format of the report."))
    var output = ReportFormat.text

    @Option(name: [.customShort("v"), .long], help: .boolean("Whether to list each pod instead of its workload."))
    var verbose = false

    @Option(help: .boolean("Whether it is fine if no ServiceAccount has an identity, as in a new namespace."))
    var allowNoRoles = false

    @Option(
        help: .boolean("Whether to assume the role of each ServiceAccount with a token at AWS STS, as its pods do.")
    )
    var assumeRoles = false

    func validate() throws {
        guard pod == nil || serviceAccount == nil else {
            throw ValidationError("--pod and --service-account exclude each other")
        }
    }
}
