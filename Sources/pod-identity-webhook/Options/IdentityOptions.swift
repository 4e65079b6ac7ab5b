internal import AWSIdentity
internal import ArgumentParser
internal import FederationProfiles
internal import GoogleIdentity
internal import PodIdentity

/// The flags that say which identities pods get, and how. `serve`, `mutate` and `doctor` share them.
struct IdentityOptions: ParsableArguments {
    /// A cloud whose identities can be given.
    enum Cloud: String, CaseIterable {
        case aws
        case google
    }

    @Option(help: "The clouds whose identities pods get, separated by commas: aws, google.")
    var providers = "aws"

    @OptionGroup(title: "AWS")
    var aws: AWSOptions

    @OptionGroup(title: "Tokens")
    var tokens: TokenOptions

    @OptionGroup(title: "EKS Pod Identity")
    var podIdentity: EKSPodIdentityOptions

    @OptionGroup(title: "Google")
    var google: GoogleOptions

    @OptionGroup(title: "Profiles")
    var federations: ProfileOptions

    /// The clouds in the order in which they are given.
    var clouds: [Cloud] {
        get throws {
            let names = providers.split(separator: ",", omittingEmptySubsequences: false)
            let clouds = try names.map { name in
                guard let cloud = Cloud(rawValue: name.lowercased().filter { $0 != " " }) else {
                    let known = Cloud.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("--providers names \"\(name)\", which is none of \(known)")
                }
                return cloud
            }
            guard Set(clouds).count == clouds.count else { throw ValidationError("--providers names a cloud twice") }
            return clouds
        }
    }

    func validate() throws { _ = try clouds }

    /// - Parameters:
    ///   - configMapNamespace: the namespace of the ConfigMap with roles, if it is read.
    ///   - composition: what completes roles that are given by name.
    ///   - profilesNamespace: the namespace of the ConfigMap with profiles, if it is another one.
    func providers(
        configMapNamespace: String,
        profilesNamespace: String? = nil,
        composition: RoleComposition?
    ) throws -> ProviderChain {
        let awsSettings = aws.settings(tokens: tokens, configMapNamespace: configMapNamespace, composition: composition)
        var (providers, reserved): ([any IdentityProvider], [ReservedNames]) = ([], [])
        for cloud in try clouds {
            switch cloud {
            case .aws:
                providers += podIdentity.providers(awsSettings)
                reserved.append(awsSettings.reservedNames)
            case .google:
                let settings = try google.settings
                providers.append(GoogleIdentityProvider(settings: settings))
                reserved.append(settings.reservedNames)
            }
        }
        let profiles = try federations.source(
            configMapNamespace: profilesNamespace ?? configMapNamespace,
            reserved: reserved
        )
        return ProviderChain(providers, dynamic: profiles.map { [$0] } ?? [])
    }

    /// Whether anything of Namespaces may be read.
    var readsNamespaces: Bool { aws.namespaceRoles || federations.areGiven }
}
