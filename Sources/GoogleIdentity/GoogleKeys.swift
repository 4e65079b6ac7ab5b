/// The keys of the annotations. They apply to ServiceAccounts unless noted otherwise.
struct GoogleKeys: Sendable {
    let provider: String
    let email: String
    let audience: String
    /// Also applies to pods.
    let expiration: String
    let runAsUser: String
    let mode: String
    let exchange: String
    let project: String
    /// Applies to pods.
    let skipContainers: String
    /// Also applies to pods.
    let acknowledgeWarnings: String
    /// Applies to pods; written by the webhook.
    let credentials: String

    init(_ settings: GoogleSettings) {
        provider = settings.key("workload-identity-provider")
        email = settings.key("service-account-email")
        audience = settings.key("audience")
        expiration = settings.key("token-expiration")
        runAsUser = settings.key("gcloud-run-as-user")
        mode = settings.key("injection-mode")
        exchange = settings.key("token-exchange-mode")
        project = settings.key("project-id")
        skipContainers = settings.key("skip-containers")
        acknowledgeWarnings = settings.key("acknowledge-warnings")
        credentials = settings.key("external-credentials-json")
    }

    var ofServiceAccounts: [String] {
        [provider, email, audience, expiration, runAsUser, mode, exchange, project, acknowledgeWarnings]
    }
}
