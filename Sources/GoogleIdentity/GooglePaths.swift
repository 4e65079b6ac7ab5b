/// The places where containers find what their pod gets, in the syntax of their operating system. On Windows, mounts
/// have the same paths as on Linux, below `C:`.
struct GooglePaths {
    static let tokenFolder = "/var/run/secrets/sts.googleapis.com/serviceaccount"
    static let credentialsFolder = "/var/run/secrets/workload-identity"
    static let gcloudFolder = "/var/run/secrets/gcloud/config"
    static let tokenFileName = "token"

    static let tokenVolume = "gcp-iam-token"
    static let credentialsVolume = "external-credential-config"
    static let gcloudVolume = "gcloud-config"

    let isForWindows: Bool

    var token: String { path("\(Self.tokenFolder)/\(Self.tokenFileName)") }
    /// The configuration in `direct` mode.
    var credentials: String { path("\(Self.credentialsFolder)/\(CredentialConfiguration.fileName)") }
    /// The configuration in `gcloud` mode.
    var gcloudCredentials: String { path("\(Self.gcloudFolder)/\(CredentialConfiguration.fileName)") }
    var gcloud: String { path(Self.gcloudFolder) }

    private func path(_ text: String) -> String {
        isForWindows ? "C:" + String(text.map { $0 == "/" ? "\\" : $0 }) : text
    }
}
