internal import ArgumentParser
internal import PodIdentity

/// The flags for the clouds whose identities pods get.
struct CloudOptions: ParsableArguments {
    @Option(help: .value("clouds", "The clouds whose identities pods get, comma-separated: aws, google, azure."))
    var providers = "aws"

    @Option(
        help: .value("version", "The Kubernetes version to assume when there is no API server to ask, such as 1.34.")
    )
    var kubernetesVersion = "1.34"

    /// The clouds in the order in which they are given.
    var clouds: [IdentityOptions.Cloud] {
        get throws {
            let names = providers.split(separator: ",", omittingEmptySubsequences: false)
            let clouds = try names.map { name in
                guard let cloud = IdentityOptions.Cloud(rawValue: name.lowercased().filter { $0 != " " }) else {
                    let known = IdentityOptions.Cloud.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("--providers: unknown cloud \"\(name)\"; known are \(known)")
                }
                return cloud
            }
            guard Set(clouds).count == clouds.count else { throw ValidationError("--providers lists a cloud twice") }
            return clouds
        }
    }

    /// The oldest version that the webhook works with.
    private static let oldestVersion = ServerVersion(1, 20)

    /// The version of the API server if there is none to ask.
    var serverVersion: ServerVersion {
        get throws {
            let parts = kubernetesVersion.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count >= 2,
                let version = ServerVersion(major: String(parts[0].drop { $0 == "v" }), minor: String(parts[1]))
            else { throw ValidationError("--kubernetes-version must be like 1.34, not \"\(kubernetesVersion)\"") }
            return version
        }
    }

    func validate() throws {
        _ = try clouds
        guard try serverVersion >= Self.oldestVersion else {
            throw ValidationError("--kubernetes-version must be 1.20 or later, not \(kubernetesVersion)")
        }
    }
}
