import AWSIdentity
import Testing

@testable import AWSTrust

/// A policy, and how AWS decides by it for a pod of the ServiceAccount `app` in the namespace `prod`.
struct PolicyCase: Sendable, CustomTestStringConvertible {
    enum Expectation: Sendable {
        case allowed
        case everyPod
        /// Allowed, as is this subject.
        case otherNamespaces(String)
        /// Allowed, as is this subject, which the policy does not name.
        case others(String)
        /// Allowed; whether others are too is undecided, with these words.
        case undecidedBreadth(String)
        case denied(String)
        /// The explanation of the nearest match contains these words.
        case notAllowed(String)
        /// The reason contains these words.
        case undecided(String)
        /// The error contains these words.
        case malformed(String)
    }

    let testDescription: String
    let policy: String
    let expectation: Expectation

    /// - Parameter policy: JSON, with `$I` for the issuer's name and `$P` for the provider's ARN.
    init(_ description: String, _ policy: String, _ expectation: Expectation) {
        testDescription = description
        self.policy = policy.replacing("$P", with: Self.provider).replacing("$I", with: Self.issuer)
        self.expectation = expectation
    }

    static let issuer = "oidc.example.com/id/A1"
    static let provider = "arn:aws:iam::111122223333:oidc-provider/\(issuer)"
    static let subject = "system:serviceaccount:prod:app"
    static let audience = "sts.amazonaws.com"

    static func question(_ role: String = "arn:aws:iam::111122223333:role/app") throws -> TrustQuestion {
        TrustQuestion(
            issuer: try TrustedIssuer("https://\(issuer)"),
            role: try #require(RoleARN(role)),
            subject: subject,
            audience: audience
        )
    }

    // MARK: Parts

    /// A policy with these statements.
    static func policy(_ statements: String..., version: String = "2012-10-17") -> String {
        #"{"Version":"\#(version)","Statement":[\#(statements.joined(separator: ","))]}"#
    }

    static let federated = #"{"Federated":"$P"}"#
    static let action = #""sts:AssumeRoleWithWebIdentity""#
    /// The usual condition.
    static let exact = #"{"StringEquals":{"$I:sub":"system:serviceaccount:prod:app","$I:aud":"sts.amazonaws.com"}}"#

    static func statement(
        _ condition: String? = exact,
        principal: String = federated,
        action: String = action,
        effect: String = "Allow",
        more: String = ""
    ) -> String {
        let condition = condition.map { #","Condition":\#($0)"# } ?? ""
        return #"{"Effect":"\#(effect)","Principal":\#(principal),"Action":\#(action)\#(condition)\#(more)}"#
    }

    /// A policy with one statement that has a condition on `sub`.
    static func subject(_ name: String, _ values: String, version: String = "2012-10-17") -> String {
        policy(statement(#"{"\#(name)":{"$I:sub":\#(values)}}"#), version: version)
    }
}
