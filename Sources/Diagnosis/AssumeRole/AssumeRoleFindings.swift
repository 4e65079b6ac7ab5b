internal import AWSSecurityTokenService
internal import Kubernetes
internal import KubernetesObjects
internal import OIDCIssuer

/// What is said of the answers that AWS STS gives about one role: each cause by its name, with the command that removes it.
struct AssumeRoleFindings: Sendable {
    let identity: WebIdentity
    let issuer: KnownIssuer?

    private var topic: Finding.Topic { Finding.Topic(.roles, "\(identity.account)") }
    private var issuerText: String { issuer?.text ?? "ISSUER" }
    private var provider: String { identity.providerARN(issuerText) }
    private var credentials: String { "  # with credentials of the account \(identity.accountID)" }

    func assumed(_ arn: String) -> Finding {
        topic.ok(.roleAssumed, "AWS grants a session of \(identity.role), as \(arn)")
    }

    // MARK: Before STS is asked

    static let tokenCommand =
        "kubectl apply -f deploy/optional/doctor-assume-roles.yaml  # and bind the ClusterRole to whoever runs doctor"

    func noToken(_ error: KubernetesError, isForbidden: Bool) -> Finding {
        guard isForbidden else { return topic.unknown(.roleNotTried, "no token to try it with: \(error)") }
        let message =
            "not tried, because doctor may not create serviceaccounts/token, the rule of the ClusterRole "
            + "pod-identity-webhook-doctor-assume-roles: \(error)"
        return topic.unknown(.requestRefused, message, remedy: Self.tokenCommand)
    }

    var unusableToken: Finding {
        topic.unknown(.roleNotTried, "the API server returned a token that STS cannot accept")
    }

    func noEndpoint(_ reason: String) -> Finding { topic.unknown(.stsUnavailable, "STS cannot be reached: \(reason)") }

    /// Nil if the region and the role are of the same partition.
    func otherPartition(_ region: String) -> Finding? {
        guard let partition = AWSPartition(ofRegion: region), AWSPartition(named: identity.partition) != nil,
            partition.name != identity.partition
        else { return nil }
        let message =
            "pods ask STS in \(region), which is of the partition \(partition.name), for \(identity.role), which is of "
            + "\(identity.partition)"
        return topic.problem(.roleOfOtherPartition, message)
    }

    // MARK: What STS says

    /// - Parameter key: The `kid` of the token; nil if it names none.
    func describe(_ error: STSError, signedWith key: String?) -> Finding {
        guard case .refused(_, let code, let message) = error else { return topic.unknown(.stsUnavailable, "\(error)") }
        let text = message.lowercased()
        switch code {
        case "InvalidIdentityToken" where text.contains("no openidconnect provider"): return missingProvider
        case "InvalidIdentityToken" where text.contains("audience"): return refusedAudience
        case "InvalidIdentityToken" where text.contains("verification key"): return unverified(by: key)
        case "InvalidIdentityToken" where text.contains("thumbprint"): return refusedThumbprint
        case "AccessDenied", "AccessDeniedException": return notAuthorized
        case "ExpiredTokenException", "ExpiredToken": return expired(message)
        case "RegionDisabledException":
            return topic.problem(.roleRegionDisabled, "AWS does not serve this region for the role's account: \(error)")
        case "ValidationError" where text.contains("arn is invalid"):
            return topic.problem(
                .roleOfOtherPartition,
                "STS of another partition was asked for \(identity.role): \(error)"
            )
        default:
            guard error.isTemporary else {
                return topic.problem(.roleRefused, "AWS refuses \(identity.role): \(error)")
            }
            return topic.unknown(
                .stsThrottled,
                "STS throttles requests about \(identity.role), also after retries: \(error)"
            )
        }
    }

    private var missingProvider: Finding {
        let message = "the account \(identity.accountID) has no OpenID Connect provider for the issuer \(issuerText)"
        let remedy =
            "aws iam create-open-id-connect-provider --url \(issuerText.shellWord) --client-id-list "
            + identity.audience.shellWord + credentials
        return topic.problem(.roleProviderMissing, message, remedy: remedy)
    }

    private var refusedAudience: Finding {
        let message = "the provider \(provider) does not list the audience \(identity.audience) of the pods' tokens"
        let remedy =
            "aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn \(provider.shellWord) "
            + "--client-id \(identity.audience.shellWord)\(credentials)"
        return topic.problem(.roleAudienceRefused, message, remedy: remedy)
    }

    /// The words of STS are the same for a key that it does not find, and for documents that it cannot fetch.
    private func unverified(by key: String?) -> Finding {
        if let key, let published = issuer?.published, !published.keys.contains(where: { $0.id == key }) {
            let message =
                "tokens are signed with the key \(key), which \(issuerText) does not publish: its documents are older than "
                + "the last rotation"
            let remedy =
                "pod-identity-webhook issuer documents --url \(issuerText.shellWord) --from-cluster -o DIR  # and publish them"
            return topic.problem(.roleKeyNotPublished, message, remedy: remedy)
        }
        let place = issuer?.published == nil ? "" : ", although they can be fetched from here"
        let message = "AWS cannot fetch the keys of \(issuerText)\(place)"
        return topic.problem(.roleKeysUnreachable, message, remedy: "pod-identity-webhook issuer check")
    }

    private var refusedThumbprint: Finding {
        let message = "the provider \(provider) has another thumbprint than the certificate of the issuer's server"
        let remedy =
            "aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn \(provider.shellWord) "
            + "--thumbprint-list $(pod-identity-webhook issuer thumbprint \(issuerText.shellWord))\(credentials)"
        return topic.problem(.roleThumbprintRefused, message, remedy: remedy)
    }

    private var notAuthorized: Finding {
        let message =
            "there is no role \(identity.role), or its trust policy does not allow \(provider) with sub \(identity.subject) "
            + "and aud \(identity.audience)"
        let account = identity.account
        let remedy =
            "pod-identity-webhook trust-policy -n \(account.namespace) --service-account \(account.name)"
            + "  # for aws iam update-assume-role-policy\(credentials.replacing("  # ", with: ", "))"
        return topic.problem(.roleNotAuthorized, message, remedy: remedy)
    }

    private func expired(_ message: String) -> Finding {
        let text =
            "AWS considers a new token expired: the clock of the API server is behind (\(message))"
        return topic.problem(.roleTokenExpired, text)
    }
}
