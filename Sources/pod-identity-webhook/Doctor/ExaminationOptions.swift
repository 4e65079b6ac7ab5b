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

    @Option(name: [.customShort("v"), .long], help: .boolean("List each pod instead of its workload."))
    var verbose = false

    @Option(help: .boolean("Do not fail if no ServiceAccount has an identity."))
    var allowNoRoles = false

    @Option(
        help: .boolean("Call STS with each ServiceAccount's token to test that its role can be assumed.")
    )
    var assumeRoles = false

    func validate() throws {
        guard pod == nil || serviceAccount == nil else {
            throw ValidationError("--pod and --service-account exclude each other")
        }
    }
}
