internal import JSON

/// The account and region that the instance identity document of EC2 names.
package struct InstanceIdentity: Equatable, Sendable {
    /// The account ID, which has twelve digits.
    package let account: String
    package let region: String

    /// - Throws: `AWSIdentityError.instanceIdentity`.
    package init(document bytes: [UInt8]) throws(AWSIdentityError) {
        let fields: (account: String?, region: String?)
        do {
            fields = try JSONParser().parse(bytes) { ($0["accountId"]?.string, $0["region"]?.string) }
        } catch {
            throw .instanceIdentity("\(error)")
        }
        guard let account = fields.account, RoleComposition.isAccount(account) else {
            throw .instanceIdentity("accountId must be twelve digits")
        }
        guard let region = fields.region, !region.isEmpty else { throw .instanceIdentity("it names no region") }
        self.account = account
        self.region = region
    }
}
