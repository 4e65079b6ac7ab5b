package import AWSIdentity

/// The trust policies in files.
package struct TrustPolicyFiles: Equatable, Sendable {
    /// A policy, or the reason why a text is not one.
    package enum Entry: Equatable, Sendable {
        case policy(TrustPolicy)
        case unusable(String)
    }

    /// By the ARNs of the roles.
    package private(set) var roles: [String: Entry] = [:]
    /// A policy for which the files do not name a role.
    package private(set) var alone: TrustPolicy?

    /// The ARNs of roles, by their ARNs without paths.
    private var arns: [String: String] = [:]

    package init() {}

    /// - Throws: `AWSTrustError.document` for a second policy without a role's name.
    mutating func add(alone policy: TrustPolicy) throws(AWSTrustError) {
        guard alone == nil || alone == policy else {
            throw .document("it is a second policy without the name of its role")
        }
        alone = policy
    }

    /// - Parameter arn: The role's ARN as written.
    mutating func add(_ entry: Entry, of role: RoleARN, _ arn: String) {
        arns[Self.name(role)] = arn
        guard let other = roles[arn], other != entry else {
            roles[arn] = entry
            return
        }
        roles[arn] = .unusable("the files have different policies for the role")
    }

    /// The entry for a role.
    ///
    /// - Parameter isOnlyRole: Whether it is the only role that matters, so that a policy alone can only be that role's.
    package func entry(of arn: String, isOnlyRole: Bool) -> Entry? {
        roles[arn] ?? (isOnlyRole ? alone.map { .policy($0) } : nil)
    }

    /// The role in the files with the same name as this one, which is not in the files: an ARN must include the role's
    /// path.
    package func roleWithOtherPath(than role: RoleARN) -> String? { arns[Self.name(role)] }

    /// The names of roles in an account are unique regardless of their paths (IAM API reference, `CreateRole`).
    private static func name(_ role: RoleARN) -> String {
        let name = role.resource.split(separator: "/").last.map(String.init) ?? role.resource
        return "\(role.partition):\(role.account):\(name)"
    }
}
