internal import AWSIdentity
internal import ArgumentParser
internal import AzureIdentity
internal import FederationProfiles
internal import FoundationEssentials
internal import GoogleIdentity
internal import PodIdentity

/// The flags for which identities pods get, and how. `serve`, `mutate` and `doctor` share them.
struct IdentityOptions: ParsableArguments {
    /// A cloud whose identities can be given.
    enum Cloud: String, CaseIterable {
        case aws, google, azure
    }

    @OptionGroup(title: "Clouds")
    var cloudOptions: CloudOptions

    @OptionGroup(title: "AWS")
    var aws: AWSOptions

    @OptionGroup(title: "Tokens")
    var tokens: TokenOptions

    @OptionGroup(title: "EKS Pod Identity")
    var podIdentity: EKSPodIdentityOptions

    @OptionGroup(title: "Google")
    var google: GoogleOptions

    @OptionGroup(title: "Azure")
    var azure: AzureOptions

    @OptionGroup(title: "Profiles")
    var federations: ProfileOptions

    /// The clouds in the order in which they are given.
    var clouds: [Cloud] { get throws { try cloudOptions.clouds } }

    /// The version of the API server if there is none to ask.
    var serverVersion: ServerVersion { get throws { try cloudOptions.serverVersion } }

    /// - Parameters:
    ///   - configMapNamespace: The namespace of the ConfigMap with roles, if it is read.
    ///   - composition: How to complete roles that are given by name.
    ///   - profilesNamespace: The namespace of the ConfigMap with profiles, if it is a different one.
    ///   - environment: The variables that Azure's own webhook reads.
    /// - Throws: `ValidationError` if flags and variables cannot be used together.
    func providers(
        configMapNamespace: String,
        profilesNamespace: String? = nil,
        composition: RoleComposition?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ProviderChain {
        let awsSettings = aws.settings(tokens: tokens, configMapNamespace: configMapNamespace, composition: composition)
        var (providers, reserved): ([any IdentityProvider], [ReservedNames]) = ([], [])
        for cloud in try clouds {
            switch cloud {
            case .aws:
                providers += podIdentity.providers(awsSettings)
                reserved.append(awsSettings.reservedNames(podIdentity.settings))
            case .google:
                let settings = try google.settings
                providers.append(GoogleIdentityProvider(settings: settings))
                reserved.append(settings.reservedNames)
            case .azure:
                let settings = try azure.settings(environment: environment)
                providers.append(AzureIdentityProvider(settings: settings))
                reserved.append(settings.reservedNames)
            }
        }
        try Self.requireDistinctPrefixes(reserved)
        let profiles = try federations.source(
            configMapNamespace: profilesNamespace ?? configMapNamespace,
            reserved: reserved
        )
        return ProviderChain(providers, dynamic: profiles.map { [$0] } ?? [])
    }

    /// Different clouds have annotations with the same names, such as `skip-containers`, so only the prefix shows which
    /// cloud one belongs to.
    private static func requireDistinctPrefixes(_ clouds: [ReservedNames]) throws {
        var owners: [String: String] = [:]
        for cloud in clouds {
            for prefix in cloud.annotationPrefixes {
                if let other = owners.updateValue(cloud.owner, forKey: prefix) {
                    throw ValidationError(
                        "the annotations of \(other) and \(cloud.owner) have the same prefix, \(prefix); change "
                            + "--annotation-prefix or --google-annotation-prefix"
                    )
                }
            }
        }
    }

    /// Whether anything may be read from Namespaces.
    var readsNamespaces: Bool { aws.namespaceRoles || federations.areGiven }
}
