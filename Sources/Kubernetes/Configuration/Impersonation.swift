internal import NIOHTTP1

/// The user to impersonate (Kubernetes' "user impersonation").
package struct Impersonation: Equatable, Sendable {
    struct Extra: Equatable, Sendable {
        let key: String
        let values: [String]
    }

    package var user: String?
    package var uid: String?
    package var groups: [String]
    var extra: [Extra] = []

    package init(user: String? = nil, uid: String? = nil, groups: [String] = []) {
        self.user = user
        self.uid = uid
        self.groups = groups
    }

    /// The command line overrides the kubeconfig, field by field, as in kubectl.
    func overridden(by flags: Impersonation) -> Impersonation {
        var result = self
        result.user = flags.user ?? user
        result.uid = flags.uid ?? uid
        if !flags.groups.isEmpty { result.groups = flags.groups }
        return result
    }

    /// The headers of a request.
    ///
    /// - Throws: `KubernetesError.configuration` for anything that cannot be requested.
    func headers() throws(KubernetesError) -> HTTPHeaders {
        guard let user else {
            guard uid == nil, groups.isEmpty, extra.isEmpty else {
                throw Self.error("groups, a UID and extra fields need a user: pass --as, or set `as` in the kubeconfig")
            }
            return [:]
        }
        var headers: HTTPHeaders = ["Impersonate-User": user]
        if let uid { headers.add(name: "Impersonate-Uid", value: uid) }
        for group in groups { headers.add(name: "Impersonate-Group", value: group) }
        for field in extra {
            let name = "Impersonate-Extra-" + Self.escape(field.key)
            for value in field.values { headers.add(name: name, value: value) }
        }
        for (name, value) in headers where value.utf8.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7f }) {
            throw Self.error("the value of \(name) must not have control characters")
        }
        return headers
    }

    private static func error(_ reason: String) -> KubernetesError {
        .configuration(source: "impersonation", field: nil, reason: reason)
    }

    /// Bytes that the name of a header may contain (RFC 9110, 5.6.2), except the percent sign.
    private static let plainBytes = Set("!#$&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz".utf8)

    /// A key in the name of a header. The API server converts it to lower case.
    private static func escape(_ key: String) -> String {
        key.utf8.map { byte in
            let byte = UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
            if plainBytes.contains(byte) { return String(UnicodeScalar(byte)) }
            return (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
