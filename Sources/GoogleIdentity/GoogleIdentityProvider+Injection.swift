internal import JSON
internal import PodIdentity

extension GoogleIdentityProvider {
    static let credentialsVariable = "GOOGLE_APPLICATION_CREDENTIALS"
    static let overrideVariable = "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"
    static let folderVariable = "CLOUDSDK_CONFIG"
    static let regionVariable = "CLOUDSDK_COMPUTE_REGION"
    static let projectVariable = "CLOUDSDK_CORE_PROJECT"
    static let libraryProjectVariable = "GOOGLE_CLOUD_PROJECT"

    /// - Parameter expiration: The lifetime of the token in seconds.
    func injection(
        _ account: GoogleAccount,
        _ mode: GoogleSettings.Mode,
        _ expiration: Int64,
        _ pod: PodView,
        _ annotations: Annotations
    ) -> Injection {
        var injection = Injection(method: Self.method(mode), identity: account.name)
        injection.isForWindows = pod.isForWindows
        let audience = account.audience.isEmpty ? settings.tokenAudience : account.audience
        injection.malformation = keys.malformation(of: account)
        injection.identityVariables = [Self.credentialsVariable]
        injection.grant = Self.grant(account)
        addToken(to: &injection, audience, expiration)
        let paths = GooglePaths(isForWindows: pod.isForWindows)
        let project =
            account.project.isEmpty ? account.email.flatMap(ServiceAccountEmail.project) ?? "" : account.project
        switch mode {
        case .direct: addDirect(to: &injection, account, paths)
        case .gcloud: addGcloud(to: &injection, account, project, pod, paths)
        }
        addCommon(to: &injection, account, project)
        injection.annotations += [
            MetadataEntry(.replace, keys.provider, account.provider), MetadataEntry(.replace, keys.audience, audience),
            MetadataEntry(.replace, keys.expiration, "\(expiration)"),
        ]
        if let email = account.email { injection.annotations.append(MetadataEntry(.replace, keys.email, email)) }
        setContainers(of: &injection, pod, annotations)
        return injection
    }

    /// By default, pools map a token's `sub` to `google.subject`.
    private static func grant(_ account: GoogleAccount) -> String {
        let end = account.provider.firstRange(of: "/providers/")?.lowerBound ?? account.provider.endIndex
        let principal = "principal://iam.googleapis.com/\(account.provider[..<end])/subject/{subject}"
        return account.email == nil
            ? "whose \(principal) must have roles of its own, and which must accept aud {audience}"
            : "which must let \(principal) be its roles/iam.workloadIdentityUser, with a provider that accepts aud {audience}"
    }

    static func method(_ mode: GoogleSettings.Mode) -> String { "google_\(mode.rawValue)" }

    /// Sets the containers that are left alone, and those whose owners have acknowledged their settings.
    func setContainers(of injection: inout Injection, _ pod: PodView, _ annotations: Annotations) {
        injection.skippedContainers = Set(GoogleKeys.names(pod.annotation(keys.skipContainers) ?? ""))
        let acknowledged = [pod.annotation(keys.acknowledgeWarnings), annotations[keys.acknowledgeWarnings]]
        injection.acknowledgedContainers = Set(acknowledged.flatMap { GoogleKeys.names($0 ?? "") })
        // The init container of the other mode may still be there, and needs no identity.
        injection.otherHelpers = [GcloudSetup.name]
    }

    private func addToken(to injection: inout Injection, _ audience: String, _ expiration: Int64) {
        let token = InjectedVolume.Token(
            audience: audience,
            expirationSeconds: expiration,
            path: GooglePaths.tokenFileName
        )
        injection.volumes = [volume(GooglePaths.tokenVolume, .projected([.token(token)]))]
        injection.mounts = [
            InjectedMount(
                volume: GooglePaths.tokenVolume,
                path: GooglePaths.tokenFolder,
                policy: .replace,
                isAlwaysAdded: true
            )
        ]
        // The configuration contains the token's path, so no variable of the container does.
        injection.files = [IdentityFile(nil, volume: GooglePaths.tokenVolume, path: GooglePaths.tokenFileName)]
    }

    private func volume(_ name: String, _ content: InjectedVolume.Content) -> InjectedVolume {
        InjectedVolume(name, content, mode: settings.tokenMode, policy: .replace, isAlwaysAdded: true)
    }

    /// Containers may keep anything in gcloud's folder, as long as gcloud finds the configuration.
    private func addDirect(to injection: inout Injection, _ account: GoogleAccount, _ paths: GooglePaths) {
        let variables = [Self.credentialsVariable, Self.overrideVariable].map { ($0, paths.credentials) }
        injection.environment = [
            EnvironmentGroup(.replaceFirst, variables),
            EnvironmentGroup(.addIfAbsent, [(Self.folderVariable, paths.gcloud)]),
        ]
        let (name, file) = (GooglePaths.credentialsVolume, CredentialConfiguration.fileName)
        injection.volumes += [
            volume(name, .downwardAPI([.init(path: file, annotation: keys.credentials)])),
            InjectedVolume(GooglePaths.gcloudVolume, .empty),
        ]
        injection.mounts += [
            InjectedMount(volume: name, path: GooglePaths.credentialsFolder, policy: .replace, isAlwaysAdded: true),
            InjectedMount(volume: GooglePaths.gcloudVolume, path: GooglePaths.gcloudFolder, isWritable: true),
        ]
        injection.files.insert(IdentityFile(Self.credentialsVariable, volume: name, path: file), at: 0)
        let json = CredentialConfiguration.json(account, tokenFile: paths.token)
        injection.annotations = [MetadataEntry(.replace, keys.credentials, json)]
    }

    private func addGcloud(
        to injection: inout Injection,
        _ account: GoogleAccount,
        _ project: String,
        _ pod: PodView,
        _ paths: GooglePaths
    ) {
        injection.environment = [
            EnvironmentGroup(
                .replaceFirst,
                [(Self.credentialsVariable, paths.gcloudCredentials), (Self.folderVariable, paths.gcloud)]
            )
        ]
        injection.volumes.append(
            InjectedVolume(GooglePaths.gcloudVolume, .empty, policy: .replace, isAlwaysAdded: true)
        )
        injection.mounts.append(
            InjectedMount(
                volume: GooglePaths.gcloudVolume,
                path: GooglePaths.gcloudFolder,
                isWritable: true,
                policy: .replace,
                isAlwaysAdded: true
            )
        )
        injection.files.insert(
            IdentityFile(
                Self.credentialsVariable,
                volume: GooglePaths.gcloudVolume,
                path: CredentialConfiguration.fileName
            ),
            at: 0
        )
        // gcloud uses this file regardless of the account that is logged in.
        injection.overridingVariables = [Self.overrideVariable]
        injection.containers = [GcloudSetup.container(account, project: project, settings, pod)]
    }

    private func addCommon(to injection: inout Injection, _ account: GoogleAccount, _ project: String) {
        let variables = [
            (Self.regionVariable, settings.region), (Self.projectVariable, project),
            (Self.libraryProjectVariable, account.project),
        ]
        let wanted = variables.filter { !$0.1.isEmpty }.map { ($0.0, EnvironmentGroup.Variable.escape($0.1)) }
        if !wanted.isEmpty { injection.environment.append(EnvironmentGroup(.addIfAbsent, wanted)) }
    }
}
