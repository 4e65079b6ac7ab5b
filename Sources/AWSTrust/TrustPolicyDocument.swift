package import JSON

/// Writes the trust policy that a role needs.
package enum TrustPolicyDocument {
    /// The claims of the tokens of one ServiceAccount.
    package struct Claims: Hashable, Sendable {
        package var subject: String
        package var audience: String

        package init(subject: String, audience: String) {
            self.subject = subject
            self.audience = audience
        }
    }

    /// The maximum number of characters of a trust policy without white space, unless AWS has raised the quota (IAM and
    /// AWS STS quotas).
    package static let quota = 2048

    /// The policy for IAM roles for service accounts. There is a statement for each audience, so that no audience is
    /// allowed with the subject of another one.
    ///
    /// - Parameters:
    ///   - partition: For example, `aws-cn`.
    ///   - account: The role's account, whose provider it trusts.
    ///   - claims: At least one.
    package static func webIdentity(
        _ issuer: TrustedIssuer,
        partition: String,
        account: String,
        _ claims: Set<Claims>
    ) -> JSONTree {
        let audiences = Set(claims.map(\.audience)).sorted()
        let statements = audiences.map { audience -> JSONTree in
            let subjects = claims.filter { $0.audience == audience }.map(\.subject).sorted()
            let condition: JSONTree = .object([
                issuer.key("sub"): oneOrList(subjects), issuer.key("aud"): .string(audience),
            ])
            return .object([
                "Effect": .string("Allow"),
                "Principal": .object([
                    "Federated": .string(issuer.providerARN(partition: partition, account: account))
                ]),
                "Action": .string(TrustPolicy.action), "Condition": .object(["StringEquals": condition]),
            ])
        }
        return policy(statements)
    }

    /// The policy for EKS Pod Identity, which is the same in each partition. The association determines which
    /// ServiceAccount gets the role.
    package static var eksPodIdentity: JSONTree {
        policy([
            .object([
                "Effect": .string("Allow"), "Principal": .object(["Service": .string("pods.eks.amazonaws.com")]),
                "Action": .array([.string("sts:AssumeRole"), .string("sts:TagSession")]),
            ])
        ])
    }

    /// The number of characters that IAM counts, which excludes white space.
    package static func size(_ policy: JSONTree) -> Int {
        String(decoding: policy.bytes, as: UTF8.self).unicodeScalars.count { !$0.properties.isWhitespace }
    }

    private static func policy(_ statements: [JSONTree]) -> JSONTree {
        .object(["Version": .string("2012-10-17"), "Statement": .array(statements)])
    }

    private static func oneOrList(_ texts: [String]) -> JSONTree {
        guard texts.count == 1, let text = texts.first else { return .array(texts.map { .string($0) }) }
        return .string(text)
    }
}
