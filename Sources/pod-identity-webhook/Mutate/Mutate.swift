internal import AWSIdentity
internal import ArgumentParser
internal import ClusterState
internal import Diagnosis
internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity
internal import ServiceSupport

struct Mutate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show, without a cluster, what the webhook would do to manifests.",
        discussion: """
            Takes Pods, workloads with a pod template, also of kinds that it does not know, lists of them, and \
            AdmissionReviews (then it prints the review that the webhook would answer with). Everything else passes \
            through. ServiceAccounts, and the ConfigMap of --watch-config-map in any namespace, are taken from \
            --service-accounts and from the manifests themselves. What is done to each pod is reported on standard \
            error. The exit status is 1 if there is no pod at all, or if --fail-on says so.
            """
    )

    /// What makes the exit status 1.
    enum Failure: String, ExpressibleByArgument, CaseIterable { case lost, warning }

    @Option(name: [.customShort("f"), .long], help: "The manifests, YAML or JSON; - for standard input.")
    var filename: [String]

    @Option(help: "A file of ServiceAccounts, YAML or JSON; can be repeated.")
    var serviceAccounts: [String] = []

    @Option(
        name: [.customShort("n"), .long],
        help: "The namespace of the request; without it each manifest's own, or default."
    )
    var namespace: String?

    @Option(
        name: [.customShort("o"), .long],
        help: "yaml, json, diff for what changes in the text, or patch for each pod's JSON patch on a line."
    )
    var output = MutateOutput.yaml

    @Option(
        help: """
            Exit with status 1 if a pod is left without the identity that it should have (lost), or if there is any \
            warning or such a pod (warning).
            """
    )
    var failOn: Failure?

    @OptionGroup
    var identities: IdentityOptions

    func run() throws {
        let files = try filename.map(read)
        let extra = try serviceAccounts.map { try FileReader.read($0) }
        let manifests = try files.map { try self.manifests(in: $0.bytes, $0.name) }
        let accounts = try zip(serviceAccounts, extra).flatMap {
            try ServiceAccountFiles.manifests(in: $1, file: $0)
        }
        let mutator = try mutator(try Manifests.flattening(manifests.flatMap(\.self)) + accounts)
        // Nothing is printed before everything has succeeded, so that no reader takes partial output for complete.
        let texts = try zip(files, manifests).map { file, manifests in
            MutateOutput.Text(name: file.name, bytes: file.bytes, results: try manifests.map(mutator.mutate))
        }
        var reports = texts.flatMap(\.results).flatMap(\.reports)
        reports += try self.reports(on: accounts, of: reports.compactMap(\.pod?.serviceAccount), mutator)
        // All reports come before the output, so that neither cuts into the other where both go to one place.
        for report in reports { StandardError.write(report.text) }
        try StandardOutput.write(output.bytes(texts) { StandardError.write("\($0)\n") })
        try checkStatus(reports)
    }

    private func manifests(in bytes: [UInt8], _ name: String) throws -> [Manifest] {
        let manifests = try Manifests.parse(bytes, file: name)
        if manifests.isEmpty { throw ClusterStateError.manifest("\(name): there is no manifest in it") }
        if output == .diff, let review = manifests.first(where: \.isReview) {
            throw ValidationError("\(review.error("an AdmissionReview has no diff: use -o patch"))")
        }
        return manifests
    }

    /// Reports on the ServiceAccounts of pods that come from other files than the pods, if something is wrong with them.
    private func reports(
        on manifests: [Manifest],
        of used: [NamespacedName],
        _ mutator: OfflineMutator
    ) throws -> [MutateReport] {
        let used = Set(used)
        return try manifests.filter { $0.kind == "ServiceAccount" }.compactMap { manifest in
            let own = manifest.namespace.flatMap { $0.isEmpty ? nil : $0 }
            let name = NamespacedName(namespace: own ?? namespace ?? "default", name: manifest.name ?? "")
            guard used.contains(name) else { return nil }
            let problems = try mutator.problems(ofServiceAccount: manifest.tree)
            guard !problems.isEmpty else { return nil }
            return MutateReport(
                apiVersion: manifest.apiVersion ?? "",
                kind: "ServiceAccount",
                namespace: name.namespace,
                name: name.name,
                outcome: .serviceAccount(problems)
            )
        }
    }

    private func checkStatus(_ reports: [MutateReport]) throws {
        guard reports.contains(where: { $0.pod != nil }) else {
            StandardError.write("Error: there is no pod and no pod template in \(names)\n")
            throw ExitCode.failure
        }
        let isWorst = reports.contains(where: \.isLoss)
        switch failOn {
        case .lost where isWorst, .warning where isWorst || reports.contains { !$0.warnings.isEmpty }:
            throw ExitCode.failure
        default: return
        }
    }

    private var names: String { filename.map { $0 == "-" ? "standard input" : $0 }.joined(separator: ", ") }

    private func read(_ file: String) throws -> (name: String, bytes: [UInt8]) {
        guard file == "-" else { return (file, try FileReader.read(file)) }
        return ("standard input", try FileReader.readStandardInput())
    }
}
