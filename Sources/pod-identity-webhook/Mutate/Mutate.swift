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
        abstract: "Show what the webhook would do to manifests, without a cluster.",
        discussion: """
            Accepts Pods, workloads of any kind that have a pod template, lists of them, and AdmissionReviews, for which \
            it prints the webhook's response. Everything else is printed unchanged. ServiceAccounts come from \
            --service-accounts and from the manifests themselves, and so does the ConfigMap of --watch-config-map, \
            from any namespace. A report on each pod goes to standard error.

            Examples:
              pod-identity-webhook mutate -f deployment.yaml --service-accounts sa.yaml
              kubectl kustomize . | pod-identity-webhook mutate -f - -o diff
              pod-identity-webhook mutate -f all.yaml --fail-on lost > /dev/null

            Exit status:
              0   success
              1   something cannot be read, there is no pod, or --fail-on applies
              64  usage error
            """
    )

    @OptionGroup(title: "Input and output")
    var options: MutateOptions

    @OptionGroup
    var identities: IdentityOptions

    func run() throws {
        let files = try options.filename.map(read)
        let extra = try options.serviceAccounts.map { try read($0).bytes }
        let manifests = try files.map { try self.manifests(in: $0.bytes, $0.name) }
        let accounts = try zip(options.serviceAccounts, extra).flatMap {
            try accountManifests(in: $1, $0)
        }
        let mutator = try mutator(try Manifests.flattening(manifests.flatMap(\.self)) + accounts)
        // Nothing is printed before everything has succeeded, so that partial output is never mistaken for complete
        // output.
        let texts = try zip(files, manifests).map { file, manifests in
            MutateOutput.Text(name: file.name, bytes: file.bytes, results: try manifests.map(mutator.mutate))
        }
        var reports = texts.flatMap(\.results).flatMap(\.reports)
        reports += try self.reports(on: accounts, of: reports.compactMap(\.pod?.serviceAccount), mutator)
        // All reports come before the output, so that they are not mixed if both go to the same place.
        for report in reports { StandardError.write(report.text) }
        try StandardOutput.write(options.output.bytes(texts) { StandardError.write("\($0)\n") })
        try checkStatus(reports)
    }

    private func manifests(in bytes: [UInt8], _ name: String) throws -> [Manifest] {
        let manifests = try Self.reading(bytes, name) { try Manifests.parse($0, file: $1) }
        if manifests.isEmpty { throw ClusterStateError.manifest("\(name): contains no manifest") }
        if options.output == .diff, let review = manifests.first(where: \.isReview) {
            throw ValidationError("\(review.error("an AdmissionReview has no diff; use -o patch"))")
        }
        return manifests
    }

    /// The manifests of a file of `--service-accounts`, which may also have Namespaces and ConfigMaps.
    private func accountManifests(in bytes: [UInt8], _ name: String) throws -> [Manifest] {
        let manifests = try Self.reading(bytes, name, ServiceAccountFiles.manifests)
        if !manifests.contains(where: { ["ServiceAccount", "Namespace", "ConfigMap"].contains($0.kind) }) {
            StandardError.write("warning: \(name) contains no ServiceAccount\n")
        }
        return manifests
    }

    /// Reports on pods' ServiceAccounts that come from other files than the pods, if something is wrong with them.
    private func reports(
        on manifests: [Manifest],
        of used: [NamespacedName],
        _ mutator: OfflineMutator
    ) throws -> [MutateReport] {
        let used = Set(used)
        return try manifests.filter { $0.kind == "ServiceAccount" }.compactMap { manifest in
            let own = manifest.namespace.flatMap { $0.isEmpty ? nil : $0 }
            let name = NamespacedName(namespace: own ?? options.namespace ?? "default", name: manifest.name ?? "")
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
            StandardError.write("Error: no pod or pod template in \(names)\n")
            throw ExitCode.failure
        }
        let isWorst = reports.contains(where: \.isLoss)
        switch options.failOn {
        case .lost where isWorst,
            .warning where isWorst || reports.contains { !$0.warnings.isEmpty || $0.lacksServiceAccount }:
            throw ExitCode.failure
        default: return
        }
    }

    private var names: String { options.filename.map { $0 == "-" ? Self.input : $0 }.joined(separator: ", ") }
}
