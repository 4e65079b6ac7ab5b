internal import AWSSecurityTokenService
internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import OIDCIssuer

/// Describes AWS STS's responses for one role: each cause by its name, with the command that fixes it.
struct AssumeRoleFindings: Sendable {
    let identity: WebIdentity
    let issuer: KnownIssuer?
    let roles: KnownRoles

    /// The maximum number of ServiceAccounts that a command names.
    private static let named = 20
    /// AWS' message if the trust policy does not allow the call; other messages say more.
    private static let plainDenial = "Not authorized to perform sts:AssumeRoleWithWebIdentity"

    private var topic: Finding.Topic { Finding.Topic(.roles, "\(identity.account)") }
    private var issuerText: String { issuer?.text ?? "ISSUER" }
    private var provider: String { identity.providerARN(issuerText) }
    private var credentials: String { "with credentials of the account \(identity.accountID)" }

    func assumed(_ arn: String) -> Finding {
        topic.ok(.roleAssumed, "AWS grants a session of \(identity.role), as \(arn)")
    }

    // MARK: Before STS is asked

    static let tokenCommand = Remedy(
        "kubectl apply -f deploy/optional/doctor-assume-roles.yaml",
        note: "and bind the ClusterRole to whoever runs doctor"
    )

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

    /// Nil if the region and the role belong to the same partition.
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

    /// - Parameter key: The `kid` of the token; nil if it has none.
    func describe(_ error: STSError, signedWith key: String?) -> Finding {
        guard case .refused(_, let code, let message) = error else { return topic.unknown(.stsUnavailable, "\(error)") }
        let text = message.lowercased()
        switch code {
        case "InvalidIdentityToken" where text.contains("no openidconnect provider"): return missingProvider
        case "InvalidIdentityToken" where text.contains("audience"): return refusedAudience
        case "InvalidIdentityToken" where text.contains("verification key"): return unverified(by: key)
        case "IDPCommunicationError": return unreachableKeys
        case "InvalidIdentityToken" where text.contains("thumbprint"): return refusedThumbprint
        case "AccessDenied", "AccessDeniedException": return notAuthorized(message)
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
        let command: ShellCommand =
            "aws iam create-open-id-connect-provider --url \(aws: issuerText) --client-id-list \(aws: identity.audience)"
        return topic.problem(.roleProviderMissing, message, remedy: Remedy(command, note: credentials))
    }

    private var refusedAudience: Finding {
        let message = "the provider \(provider) does not list the audience \(identity.audience) of the pods' tokens"
        let command: ShellCommand =
            "aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn \(aws: provider)"
        let remedy = Remedy("\(command) --client-id \(aws: identity.audience)", note: credentials)
        return topic.problem(.roleAudienceRefused, message, remedy: remedy)
    }

    /// STS uses the same words for a key that it does not find and for documents that it cannot fetch.
    private func unverified(by key: String?) -> Finding {
        if let key, let published = issuer?.published, !published.keys.contains(where: { $0.id == key }) {
            let message =
                "tokens are signed with the key \(key), which \(issuerText) does not publish: its documents are older than "
                + "the last rotation"
            return topic.problem(.roleKeyNotPublished, message, remedy: IssuerCheck.publishCommand(issuerText))
        }
        return unreachableKeys
    }

    private var unreachableKeys: Finding {
        let place = issuer?.published == nil ? "" : ", although they can be fetched from here"
        let message = "AWS cannot fetch the keys of \(issuerText)\(place)"
        return topic.problem(.roleKeysUnreachable, message, remedy: "pod-identity-webhook issuer check")
    }

    private var refusedThumbprint: Finding {
        let message = "the provider \(provider) has another thumbprint than the certificate of the issuer's server"
        let command: ShellCommand =
            "aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn \(aws: provider)"
        let thumbprint: ShellCommand = "$(pod-identity-webhook issuer thumbprint \(issuerText))"
        let remedy = Remedy("\(command) --thumbprint-list \(thumbprint)", note: credentials)
        return topic.problem(.roleThumbprintRefused, message, remedy: remedy)
    }

    private func notAuthorized(_ words: String) -> Finding {
        let claims = "\(provider) with sub \(identity.subject) and aud \(identity.audience)"
        var message =
            roles.policyText(identity).map { "AWS does not give \(identity.role) to \(claims): \($0)" }
            ?? "there is no role \(identity.role), or its trust policy does not allow \(claims)"
        let isPlain = words.isEmpty || words.hasPrefix(Self.plainDenial) && words.count <= Self.plainDenial.count + 1
        if !isPlain { message += " (AWS says: \(words.printable.cut(to: 300)))" }
        return topic.problem(.roleNotAuthorized, message, remedy: policyRemedy)
    }

    /// The policy must name all ServiceAccounts with the role, because it replaces the existing one.
    private var policyRemedy: Remedy {
        let holders = roles.holders[identity.role] ?? [identity.account]
        var command: ShellCommand = "pod-identity-webhook trust-policy"
        if holders.count > 1 {
            for holder in holders.prefix(Self.named) {
                command = "\(command) --service-account \("\(holder)" as String)"
            }
        } else {
            let account = identity.account
            command = "\(command) -n \(account.namespace) --service-account \(account.name)"
        }
        var note = "for aws iam update-assume-role-policy, which replaces the whole policy, \(credentials)"
        if holders.count > Self.named {
            note += "; \(holders.count - Self.named) more ServiceAccounts have the role, and have to be named too"
        }
        if let namespace = roles.namespace {
            note += "; those of other namespaces than \(namespace) are not known here"
        }
        return Remedy(command, note: note)
    }

    private func expired(_ message: String) -> Finding {
        let text =
            "AWS considers a new token expired: the clock of the API server is behind (\(message))"
        return topic.problem(.roleTokenExpired, text)
    }
}
