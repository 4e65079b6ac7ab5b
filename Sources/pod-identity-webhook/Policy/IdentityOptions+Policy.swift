internal import AWSIdentity
internal import ArgumentParser
internal import Diagnosis
internal import KubernetesObjects
internal import PodIdentity
internal import ServiceSupport

extension IdentityOptions {
    /// The policy that does the same as the webhook with these flags; nil if that does not inject AWS roles.
    func admissionPolicy(excluding accounts: [NamespacedName] = []) throws -> AdmissionPolicy? {
        guard try clouds.contains(.aws) else { return nil }
        let composition = completesRoles ? try aws.offlineComposition() : nil
        return AdmissionPolicy(
            settings: aws.settings(tokens: tokens, configMapNamespace: "", composition: composition),
            rolesHaveARNs: aws.composeRoleArn && !completesRoles,
            excluded: accounts
        )
    }

    /// Whether the flags alone can complete roles that are given by name, as in the chart's template.
    private var completesRoles: Bool { !aws.awsAccountId.isEmpty && !aws.awsPartition.isEmpty }

    /// The ServiceAccounts of EKS Pod Identity, to which the webhook gives no roles, and the problems of their file.
    ///
    /// - Throws: An error if the file cannot be read.
    func policyIdentitiesFile() throws -> (accounts: [NamespacedName], problems: [String]) {
        let path = podIdentity.watchContainerCredentialsConfig
        guard !path.isEmpty else { return ([], []) }
        let text = try FileReader.read(path)
        var problems: Warnings = []
        do {
            let accounts = try AdmissionPolicy.accounts(ofIdentitiesFile: text, problems: &problems)
            return (accounts, problems.lines.map { "\(path): \($0)" })
        } catch {
            throw ValidationError("\(path): \(error)")
        }
    }

    /// What the webhook does with these flags, but the policy does not.
    var policyNotes: [String] {
        get throws {
            var notes: [String] = []
            if aws.watchConfigMap { notes.append("only the webhook gives roles from the ConfigMap") }
            if aws.namespaceRoles { notes.append("only the webhook gives roles from Namespaces") }
            if aws.composeRoleArn, !completesRoles {
                notes.append(
                    "without --aws-account-id and --aws-partition, only the webhook gives roles by name"
                )
            }
            if podIdentity.settings != nil {
                notes.append(
                    "only the webhook gives EKS Pod Identity; the policy excludes its ServiceAccounts by name, "
                        + "so it must be generated again when they change"
                )
            }
            if try clouds != [.aws] || federations.areGiven {
                notes.append("only the webhook gives identities of other clouds")
            }
            return notes
        }
    }

    /// The policy that `doctor` looks for; nil if the webhook does not inject AWS roles.
    ///
    /// - Parameter flags: These flags as given, without defaults.
    func expectedPolicy(_ flags: FlagValues) throws -> ExpectedPolicy? {
        guard let policy = try admissionPolicy() else { return nil }
        let shaping = AWSOptions.flagDefaults.merging(TokenOptions.flagDefaults) { own, _ in own }
        var arguments = flags.filter { shaping[$0] != nil }.arguments
        if podIdentity.settings != nil { arguments.append("--watch-container-credentials-config=FILE") }
        return ExpectedPolicy(spec: policy.spec, roleAnnotation: policy.roleAnnotation, arguments: arguments)
    }
}
