internal import GoSyntax
internal import JSON
internal import KubernetesObjects
internal import PodIdentity

/// The ServiceAccounts that use EKS Pod Identity, read from a file of the form
/// `{"identities": [{"namespace": "n", "serviceAccount": "s"}]}`.
struct PodIdentityAssociations: ProviderConfiguration, Equatable {
    let accounts: Set<NamespacedName>

    static func source(at path: String) -> ProviderConfigurationSource {
        ProviderConfigurationSource(.file(path: path), Self.self)
    }

    /// - Throws: `JSONError`, or `AWSIdentityError.malformed` if a value has the wrong type.
    init(parsing text: [UInt8], problems: inout Warnings) throws {
        accounts = try JSONParser().parse(text) { root in
            guard root.kind == .object || root.isNull else { throw AWSIdentityError.malformed("it must be an object") }
            let list = root.goField("identities")
            guard list == nil || list?.kind == .array else {
                throw AWSIdentityError.malformed("identities must be an array")
            }
            var accounts: Set<NamespacedName> = []
            for (index, item) in (list?.elements.map { $0 } ?? []).enumerated() {
                guard item.kind == .object else {
                    throw AWSIdentityError.malformed("identities[\(index)] must be an object")
                }
                let account = NamespacedName(
                    namespace: try item.string("namespace", of: index),
                    name: try item.string("serviceAccount", of: index)
                )
                if account.namespace.isEmpty || account.name.isEmpty {
                    problems.append("identities[\(index)] is ignored: it must have namespace and serviceAccount")
                } else {
                    accounts.insert(account)
                }
            }
            return accounts
        }
    }
}

extension JSONValue {
    fileprivate func string(_ field: StaticString, of index: Int) throws(AWSIdentityError) -> String {
        guard let value = goField(field) else { return "" }
        guard let text = value.string else { throw .malformed("identities[\(index)].\(field) must be a string") }
        return text
    }
}
