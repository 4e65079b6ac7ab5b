package import AWSIdentity

/// The trust policies that files have.
package struct TrustPolicyFiles: Equatable, Sendable {
    /// A policy, or what keeps a text from being one.
    package enum Entry: Equatable, Sendable {
        case policy(TrustPolicy)
        case unusable(String)
    }

    /// By the ARNs of the roles.
    package private(set) var roles: [String: Entry] = [:]
    /// A policy of which the files do not say whose it is.
    package private(set) var alone: TrustPolicy?

    /// The ARNs of roles by what they are without their paths.
    private var arns: [String: String] = [:]

    package init() {}

    /// - Throws: `AWSTrustError.document` for a second policy of which nothing says whose it is.
    mutating func add(alone policy: TrustPolicy) throws(AWSTrustError) {
        guard alone == nil || alone == policy else {
            throw .document("it is a second policy without the name of its role")
        }
        alone = policy
    }

    /// - Parameter arn: The role's ARN as it is written.
    mutating func add(_ entry: Entry, of role: RoleARN, _ arn: String) {
        arns[Self.name(role)] = arn
        guard let other = roles[arn], other != entry else {
            roles[arn] = entry
            return
        }
        roles[arn] = .unusable("the files have different policies for the role")
    }

    /// What the files have of a role.
    ///
    /// - Parameter isOnlyRole: Whether it is the only role that matters, so that a policy alone can only be that role's.
    package func entry(of arn: String, isOnlyRole: Bool) -> Entry? {
        roles[arn] ?? (isOnlyRole ? alone.map { .policy($0) } : nil)
    }

    /// The role of the files that has the name of this one, which is none of them: an ARN must have the role's path.
    package func roleWithOtherPath(than role: RoleARN) -> String? { arns[Self.name(role)] }

    /// The names of the roles of an account differ in more than their paths (IAM API reference, `CreateRole`).
    private static func name(_ role: RoleARN) -> String {
        let name = role.resource.split(separator: "/").last.map(String.init) ?? role.resource
        return "\(role.partition):\(role.account):\(name)"
    }
}
