internal import JSON

/// The two documents that an issuer publishes, as served by kube-apiserver: the same bytes for the same issuer and
/// keys.
package struct IssuerDocuments: Equatable, Sendable {
    /// The document at `IssuerURL.configurationPath`.
    package let configuration: [UInt8]
    /// The document at `IssuerURL.keysPath`.
    package let keys: [UInt8]

    /// - Parameter keys: Every key that may have signed tokens in use. The order is kept, and duplicates are removed.
    /// - Throws: `IssuerError.noKeys`, or `.key` for one that is not supported or has no `kid`.
    package init(_ url: IssuerURL, keys: [JSONWebKey]) throws(IssuerError) {
        var distinct: [JSONWebKey] = []
        var algorithms: Set<String> = []
        for key in keys where !distinct.contains(key) {
            guard let algorithm = key.algorithm else {
                throw .key(reason: "the key \"\(key.id)\" is neither of RSA (RS256) nor on the curve P-256 (ES256)")
            }
            guard !key.id.isEmpty, !distinct.contains(where: { $0.id == key.id }) else {
                throw .key(reason: "the kid \"\(key.id)\" does not name one key")
            }
            distinct.append(key)
            algorithms.insert(algorithm)
        }
        guard !distinct.isEmpty else { throw .noKeys }
        configuration = Self.configuration(url, algorithms.sorted())
        self.keys = Self.keys(distinct)
    }

    private static func configuration(_ url: IssuerURL, _ algorithms: [String]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { root in
            root.member("issuer", url.text)
            root.member("jwks_uri", url.keysURL)
            root.key("response_types_supported")
            root.array { $0.string("id_token") }
            root.key("subject_types_supported")
            root.array { $0.string("public") }
            root.key("id_token_signing_alg_values_supported")
            root.array { list in
                for algorithm in algorithms { list.string(algorithm) }
            }
        }
        return writer.bytes
    }

    private static func keys(_ keys: [JSONWebKey]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { root in
            root.key("keys")
            root.array { list in
                for key in keys { key.write(to: &list) }
            }
        }
        return writer.bytes
    }
}
