/// The keys of the audit annotations about one cloud's identity.
package struct AuditKeys: Equatable, Sendable {
    package let reason: String
    package let identity: String
    package let method: String
    /// The key for the reason; nil if the API server would not accept it.
    package let reasonForAudit: String?
    package let identityForAudit: String?
    package let methodForAudit: String?

    package init(cloud: String) {
        self.init(reason: "\(cloud)-reason", identity: "\(cloud)-identity", method: "\(cloud)-method")
    }

    package init(reason: String, identity: String, method: String) {
        self.reason = reason
        self.identity = identity
        self.method = method
        reasonForAudit = reason.isAuditKey ? reason : nil
        identityForAudit = identity.isAuditKey ? identity : nil
        methodForAudit = method.isAuditKey ? method : nil
    }
}

extension String {
    /// Whether the API server accepts this as the key of an audit annotation (apimachinery, IsQualifiedName).
    fileprivate var isAuditKey: Bool {
        let bytes = utf8
        guard bytes.count <= 63, let first = bytes.first, let last = bytes.last else { return false }
        return first.isAlphanumeric && last.isAlphanumeric
            && bytes.allSatisfy { $0.isAlphanumeric || "-_.".utf8.contains($0) }
    }
}

extension UInt8 {
    fileprivate var isAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
