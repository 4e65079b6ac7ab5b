internal import AWSIdentity
internal import ArgumentParser
internal import PodIdentity

/// The flags that say which identities pods get, and how. `serve`, `mutate` and `doctor` share them.
struct IdentityOptions: ParsableArguments {
    @OptionGroup(title: "AWS")
    var aws: AWSOptions

    @OptionGroup(title: "Tokens")
    var tokens: TokenOptions

    @OptionGroup(title: "EKS Pod Identity")
    var podIdentity: EKSPodIdentityOptions

    /// - Parameters:
    ///   - configMapNamespace: the namespace of the ConfigMap with roles, if it is read.
    ///   - composition: what completes roles that are given by name.
    func providers(configMapNamespace: String, composition: RoleComposition?) -> ProviderChain {
        podIdentity.providers(
            aws.settings(tokens: tokens, configMapNamespace: configMapNamespace, composition: composition)
        )
    }
}
