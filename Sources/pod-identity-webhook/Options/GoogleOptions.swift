internal import ArgumentParser
internal import GoSyntax
internal import GoogleIdentity
internal import JSON
internal import ProviderSupport

/// The flags for Google, which `serve`, `mutate` and `doctor` share.
struct GoogleOptions: ParsableArguments {
    private static let defaults = GoogleSettings()

    @Option(
        help: .value(
            "direct|gcloud",
            "The mode of ServiceAccounts that do not set one: direct, or gcloud with an init container."
        )
    )
    var googleDefaultInjectionMode = defaults.mode

    @Option(help: .value("audience", "The audience of tokens for Google if the ServiceAccount does not set one."))
    var googleTokenAudience = defaults.tokenAudience

    @Option(
        help: .duration(
            "The lifetime of tokens for Google if neither the pod nor its ServiceAccount sets one; at least 1h."
        )
    )
    var googleTokenExpiration = GoDuration(.seconds(defaults.tokenExpiration.seconds))

    @Option(help: .value("mode", "The permissions of the token and its configuration, 0 to 0777."))
    var googleTokenDefaultMode = FileMode(bits: defaults.tokenMode)

    @Option(help: .value("region", "The value of CLOUDSDK_COMPUTE_REGION; empty for none."))
    var googleDefaultRegion = ""

    @Option(help: .value("prefix", "The prefix of Google's annotation names."))
    var googleAnnotationPrefix = defaults.annotationPrefix

    @Option(help: .value("image", "The image of the init container in gcloud mode."))
    var googleGcloudImage = defaults.gcloudImage

    @Option(help: .json("The resources of that init container."))
    var googleSetupContainerResources = ""

    var settings: GoogleSettings {
        get throws {
            var settings = GoogleSettings()
            settings.annotationPrefix = googleAnnotationPrefix
            settings.mode = googleDefaultInjectionMode
            settings.tokenAudience = googleTokenAudience
            settings.tokenExpiration = TokenExpiration(
                clamping: googleTokenExpiration.duration.components.seconds
            )
            settings.tokenMode = googleTokenDefaultMode.bits
            settings.region = googleDefaultRegion
            settings.gcloudImage = googleGcloudImage
            settings.setupResources = try setupResources
            return settings
        }
    }

    private var setupResources: JSONTree? {
        get throws {
            guard !googleSetupContainerResources.isEmpty else { return nil }
            guard let tree = try? JSONTree(parsing: googleSetupContainerResources.utf8), tree.members != nil else {
                throw ValidationError(
                    "--google-setup-container-resources must be an object in JSON such as {\"requests\":{\"cpu\":\"100m\"}}, not "
                        + "\"\(googleSetupContainerResources.cut(to: 200))\""
                )
            }
            return tree
        }
    }

    func validate() throws {
        for (flag, value) in [
            ("annotation-prefix", googleAnnotationPrefix), ("token-audience", googleTokenAudience),
            ("gcloud-image", googleGcloudImage),
        ] where value.isEmpty {
            throw ValidationError("--google-\(flag) must not be empty")
        }
        // A slash at the end would become part of the keys, which can have only one slash.
        guard !googleAnnotationPrefix.contains("/") else {
            throw ValidationError("--google-annotation-prefix must not have a slash: \"\(googleAnnotationPrefix)\"")
        }
        let seconds = googleTokenExpiration.duration
        guard seconds >= .seconds(3600), seconds <= .seconds(TokenExpiration.maximum) else {
            throw ValidationError(
                "--google-token-expiration must be 1h to \(TokenExpiration.maximum)s, not \(googleTokenExpiration)"
            )
        }
        _ = try settings
    }
}

extension GoogleSettings.Mode: ExpressibleByArgument {
    package init?(argument: String) { self.init(rawValue: argument.lowercased()) }
}

/// The permissions of a file, in the syntax of Go's integers: `0440`, `0o440` and `288` are the same.
struct FileMode: Equatable, ExpressibleByArgument {
    let bits: Int

    init(bits: Int) { self.bits = bits }

    init?(argument: String) {
        let text = argument.lowercased()
        let octal = text.hasPrefix("0o") ? text.dropFirst(2) : text.hasPrefix("0") ? text.dropFirst() : nil
        let bits = octal.map { $0.isEmpty ? 0 : Int($0, radix: 8) } ?? Int(text)
        guard let bits, (0...0o777).contains(bits) else { return nil }
        self.bits = bits
    }

    var defaultValueDescription: String { "0" + String(bits, radix: 8) }
}
