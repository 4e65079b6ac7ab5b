internal import JSON

/// The configuration with which Google's client libraries exchange a token (`external_account`, the format of the files
/// that `GOOGLE_APPLICATION_CREDENTIALS` names).
enum CredentialConfiguration {
    static let fileName = "federation.json"

    /// - Parameter tokenFile: The path of the token in containers.
    static func json(_ account: GoogleAccount, tokenFile: String) -> String {
        var writer = JSONWriter()
        writer.object {
            $0.member("type", "external_account")
            $0.member("audience", "//iam.googleapis.com/\(account.provider)")
            $0.member("subject_token_type", "urn:ietf:params:oauth:token-type:jwt")
            $0.member("token_url", "https://sts.googleapis.com/v1/token")
            if let email = account.email {
                $0.member(
                    "service_account_impersonation_url",
                    "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/\(email):generateAccessToken"
                )
            }
            $0.key("credential_source")
            $0.object {
                $0.member("file", tokenFile)
                $0.key("format")
                $0.object { $0.member("type", "text") }
            }
        }
        return escaped(writer.string)
    }

    /// The JSON with the same escapes as Go's encoder. If both webhooks see a pod, neither changes what the other has
    /// written.
    private static func escaped(_ json: String) -> String {
        let escapes: [Unicode.Scalar: String] = [
            "<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u{2028}": "\\u2028", "\u{2029}": "\\u2029",
        ]
        guard json.unicodeScalars.contains(where: { escapes[$0] != nil }) else { return json }
        return json.unicodeScalars.reduce(into: "") { $0 += escapes[$1] ?? String($1) }
    }
}
