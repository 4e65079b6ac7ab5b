package import AWSIdentity
internal import JSON

/// The issuer of a cluster's tokens, as represented in IAM.
package struct TrustedIssuer: Equatable, Sendable {
    /// The URL without `https://`: the host, and the path including a slash at its end if there is one. IAM uses it in
    /// the names of the provider and its condition keys.
    package let name: String

    /// The maximum length of a provider's URL in characters (IAM API reference, `CreateOpenIDConnectProvider`).
    private static let maximumLength = 255
    private static let scheme = "https://"

    /// - Parameter url: The claim `iss` of tokens.
    /// - Throws: `AWSTrustError.issuer` if IAM cannot have a provider with this URL.
    package init(_ url: String) throws(AWSTrustError) {
        guard url.prefix(Self.scheme.count).lowercased() == Self.scheme else {
            throw .issuer("an issuer must be an https URL, not \"\(url.cut(to: 100))\"")
        }
        guard url.utf8.count <= Self.maximumLength else {
            throw .issuer("the issuer's URL has more than \(Self.maximumLength) characters")
        }
        let name = String(url.dropFirst(Self.scheme.count))
        guard let first = name.first, first != "/" else { throw .issuer("the issuer's URL has no host") }
        guard !name.prefix(while: { $0 != "/" }).contains("@") else { throw .issuer("the issuer's URL has a user") }
        guard name.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), !name.contains("?"), !name.contains("#") else {
            throw .issuer("the issuer's URL has a query, a fragment, or characters other than those of URLs")
        }
        self.name = name
    }

    /// Whether the URL contains a port, which AWS IAM does not accept.
    package var namesPort: Bool {
        let authority = name.prefix { $0 != "/" }
        return authority[(authority.lastIndex(of: "]") ?? authority.startIndex)...].contains(":")
    }

    package static let portWarning = "AWS IAM does not accept an issuer with a port"

    /// The ARN of the provider for this issuer in an account.
    package func providerARN(partition: String, account: String) -> String {
        "arn:\(partition):iam::\(account):oidc-provider/\(name)"
    }

    /// The condition key of a claim.
    package func key(_ claim: String) -> String { "\(name):\(claim)" }
}

/// The request to AWS when a pod exchanges its token for a role's credentials.
package struct TrustQuestion: Equatable, Sendable {
    package var issuer: TrustedIssuer
    package var role: RoleARN
    /// The claim `sub` of the token.
    package var subject: String
    /// The claim `aud` of the token, which has only one in a pod.
    package var audience: String

    package init(issuer: TrustedIssuer, role: RoleARN, subject: String, audience: String) {
        self.issuer = issuer
        self.role = role
        self.subject = subject
        self.audience = audience
    }

    /// The principal of the call: the provider is always in the account of the role.
    var provider: String { issuer.providerARN(partition: role.partition, account: role.account) }
}
