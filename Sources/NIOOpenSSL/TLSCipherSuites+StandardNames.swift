internal import COpenSSL

extension TLSCipherSuites {
    /// The suites of a list of standard names (the IANA TLS Cipher Suites registry): `TLS_AES_128_GCM_SHA256`,
    /// `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`.
    package struct Selection: Sendable, Equatable {
        package let suites: TLSCipherSuites
        /// Names that exist, of suites that this OpenSSL was built without.
        package let unavailable: [String]
        /// Whether all of the suites are for TLS 1.3, so that earlier versions have none.
        package let needsTLS13: Bool
    }

    /// - Throws: `TLSError.invalidCipherSuites` for a name that does not exist, and where no suite is left.
    package static func select(standardNames: [String]) throws(TLSError) -> Selection {
        var tls12: [String] = []
        var tls13: [String] = []
        var unavailable: [String] = []
        var unknown: [String] = []
        for name in standardNames {
            // Go knows this suite, and its sibling, by the name of a draft as well.
            let standardName = name.hasSuffix("_CHACHA20_POLY1305") ? "\(name)_SHA256" : name
            let found = openSSLName(of: standardName)
            if let found, found == standardName {
                tls13.append(found)
            } else if let found {
                tls12.append(found)
            } else if name.hasPrefix("TLS_"), retired.contains(where: name.contains) {
                unavailable.append(name)
            } else {
                unknown.append(name)
            }
        }
        guard unknown.isEmpty else {
            throw .invalidCipherSuites("no cipher suite is named \(unknown.joined(separator: ", "))")
        }
        guard !tls12.isEmpty || !tls13.isEmpty else {
            throw .invalidCipherSuites("none of \(standardNames.joined(separator: ", ")) is left in this OpenSSL")
        }
        let suites = TLSCipherSuites(tls12: tls12.isEmpty ? nil : tls12, tls13: tls13.isEmpty ? nil : tls13)
        return Selection(suites: suites, unavailable: unavailable, needsTLS13: tls12.isEmpty)
    }

    /// What names of suites contain that OpenSSL is built without by default.
    private static let retired = ["_RC4_", "_3DES_", "_DES_", "_IDEA_", "_SEED_"]

    /// OpenSSL calls the suites of TLS 1.3 by their standard names, those before by names of its own.
    private static func openSSLName(of standardName: String) -> String? {
        guard let name = OPENSSL_cipher_name(standardName).map({ String(cString: $0) }), name != "(NONE)" else { return nil }
        return name
    }
}
