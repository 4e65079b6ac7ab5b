internal import ArgumentParser
internal import FederationProfiles
internal import KubernetesObjects
internal import PodIdentity

/// The flags for federations that are described as data. `serve`, `mutate` and `doctor` share them.
struct ProfileOptions: ParsableArguments {
    @Option(help: .path("A file of profiles, or a folder of such files (*.yaml, *.yml); can be repeated."))
    var profiles: [String] = []

    @Option(help: .name("Read profiles from the *.yaml and *.yml keys of this ConfigMap instead of --profiles."))
    var profilesConfigMap = ""

    @Option(help: .value("profile.setting=value", "A setting of a profile; can be repeated."))
    var profileSetting: [String] = []

    var areGiven: Bool { !profiles.isEmpty || !profilesConfigMap.isEmpty }

    func validate() throws {
        guard profiles.isEmpty || profilesConfigMap.isEmpty else {
            throw ValidationError("--profiles and --profiles-config-map exclude each other")
        }
        guard profileSetting.isEmpty || areGiven else {
            throw ValidationError("--profile-setting needs --profiles or --profiles-config-map")
        }
        _ = try settings
    }

    /// The settings on the command line.
    var settings: ProfileSettings {
        get throws {
            var settings = ProfileSettings()
            for text in profileSetting {
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let names = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, names.count == 2, names.allSatisfy({ !$0.isEmpty }) else {
                    throw ValidationError("--profile-setting must be PROFILE.SETTING=VALUE, not \"\(text)\"")
                }
                let (profile, name) = (String(names[0]), String(names[1]))
                guard settings.values[profile]?[name] == nil else {
                    throw ValidationError("--profile-setting sets \(profile).\(name) twice")
                }
                settings.values[profile, default: [:]][name] = String(parts[1])
            }
            return settings
        }
    }

    /// The source of profiles; nil if there are none.
    ///
    /// - Parameters:
    ///   - namespace: The namespace of the ConfigMap.
    ///   - reserved: What the compiled providers write.
    func source(configMapNamespace namespace: String, reserved: [ReservedNames]) throws -> ProviderConfigurationSource?
    {
        guard areGiven else { return nil }
        let settings = try settings
        let place: ProviderConfigurationSource.Place =
            profiles.isEmpty
            ? .wholeConfigMap(NamespacedName(namespace: namespace, name: profilesConfigMap)) : .files(profiles)
        return ProviderConfigurationSource(place) { texts, _ in
            let report = ProfileReport(
                texts.map { ProfileReport.Text(name: $0.name, bytes: $0.bytes) },
                settings: settings,
                reserved: reserved
            )
            guard report.problems.isEmpty else { throw RefusedProfiles(report) }
            return ProfileSet(profiles: report.profiles)
        }
    }
}

/// Profiles some of which have problems.
struct RefusedProfiles: PartlyUsable, CustomStringConvertible {
    private let error: ProfileError
    let profiles: ProfileSet

    init(_ report: ProfileReport) {
        error = ProfileError(report.problems)
        profiles = ProfileSet(profiles: report.usable)
    }

    var usable: any ProviderConfiguration { profiles }

    var description: String { "\(error)" }
}
