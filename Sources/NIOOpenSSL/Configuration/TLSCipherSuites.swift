internal import COpenSSL

/// The cipher suites that may be negotiated. `nil` means the default for that version: `recommended` for TLS 1.2, and
/// OpenSSL's for all others.
package struct TLSCipherSuites: Sendable, Equatable {
    /// The suites for TLS 1.2 and below in order of preference, by OpenSSL's names: `ECDHE-RSA-AES128-GCM-SHA256`.
    package var tls12: [String]?
    /// The suites for TLS 1.3 in order of preference: `TLS_AES_128_GCM_SHA256`.
    package var tls13: [String]?

    package init(tls12: [String]? = nil, tls13: [String]? = nil) {
        self.tls12 = tls12
        self.tls13 = tls13
    }

    /// Suites for TLS 1.2 with authenticated encryption and forward secrecy, as in Mozilla's "intermediate"
    /// configuration, but without its DHE suites, for which a server would need parameters and which no client
    /// requires.
    static let recommended = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ]

    /// Reads names of IANA's registry, as Kubernetes' `--tls-cipher-suites` takes them. A version of TLS without a name
    /// keeps its default.
    ///
    /// - Returns: The suites, and as `missing` the names that Go knows but OpenSSL 3.0 does not (RC4, 3DES).
    /// - Throws: `TLSError.invalidCipherSuites` for other unknown names, and if no suite is left.
    package static func named(_ names: [String]) throws(TLSError) -> (suites: TLSCipherSuites, missing: [String]) {
        var suites = TLSCipherSuites()
        var missing: [String] = []
        for name in names {
            if tls13Names.contains(name) {
                suites.tls13 = (suites.tls13 ?? []) + [name]
            } else if let found = openSSLName(name) {
                suites.tls12 = (suites.tls12 ?? []) + [found]
            } else if name.hasPrefix("TLS_"), name.contains("_RC4_") || name.contains("_3DES_") {
                missing.append(name)
            } else {
                throw .invalidCipherSuites("\"\(name)\" is not the name of a cipher suite")
            }
        }
        guard suites != TLSCipherSuites() else {
            throw .invalidCipherSuites("OpenSSL has none of \(names.joined(separator: ", "))")
        }
        return (suites, missing)
    }

    private static let tls13Names = [
        "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256",
    ]

    private static func openSSLName(_ name: String) -> String? {
        // Go has old names for two suites, which lack the hash.
        let complete = name.hasSuffix("_CHACHA20_POLY1305") ? "\(name)_SHA256" : name
        let found = String(cString: OPENSSL_cipher_name(complete))
        return found == "(NONE)" ? nil : found
    }
}
