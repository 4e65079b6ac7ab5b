/// Where containers find what their pod gets, in the syntax of their operating system. Mounts have the paths of Linux on
/// Windows, too, where they are below `C:`.
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
    /// The configuration of the mode `direct`.
    var credentials: String { path("\(Self.credentialsFolder)/\(CredentialConfiguration.fileName)") }
    /// The configuration of the mode `gcloud`.
    var gcloudCredentials: String { path("\(Self.gcloudFolder)/\(CredentialConfiguration.fileName)") }
    var gcloud: String { path(Self.gcloudFolder) }

    private func path(_ text: String) -> String {
        isForWindows ? "C:" + String(text.map { $0 == "/" ? "\\" : $0 }) : text
    }
}
