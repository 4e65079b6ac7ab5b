/// The trust policy of an IAM role (its `AssumeRolePolicyDocument`): who may assume it.
package struct TrustPolicy: Equatable, Sendable {
    /// Whether `${…}` are variables, as in version 2012-10-17 of the language.
    var hasVariables: Bool
    var statements: [Statement]

    struct Statement: Equatable, Sendable {
        enum Effect: String, Sendable {
            case allow = "Allow"
            case deny = "Deny"
        }

        /// The name of the statement in messages: its `Sid`, or its number.
        var name: String
        var effect: Effect
        var principal: Principal
        var action: Action
        /// All conditions must hold.
        var conditions: [Condition]
    }

    enum Principal: Equatable, Sendable {
        /// `"*"`
        case everybody
        /// - Parameters:
        ///   - federated: The identity providers.
        ///   - others: The principals of other kinds, as `KIND VALUE`.
        case those(federated: [String], others: [String])
        /// `NotPrincipal`.
        case allBut
    }

    enum Action: Equatable, Sendable {
        case those([String])
        /// `NotAction`.
        case allBut
    }

    /// A single key under a single operator.
    struct Condition: Equatable, Sendable {
        /// The operator as written.
        var operatorName: String
        var key: String
        /// One of the values must match.
        var values: [String]
    }
}
