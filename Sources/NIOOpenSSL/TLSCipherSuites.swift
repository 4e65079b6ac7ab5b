/// The cipher suites that may be negotiated; `nil` leaves OpenSSL's default for that version of TLS.
package struct TLSCipherSuites: Sendable, Equatable {
    /// For TLS 1.2 and below, in order of preference, in OpenSSL's names: `ECDHE-RSA-AES128-GCM-SHA256`.
    package var tls12: [String]?
    /// For TLS 1.3, in order of preference: `TLS_AES_128_GCM_SHA256`.
    package var tls13: [String]?

    package init(tls12: [String]? = nil, tls13: [String]? = nil) {
        self.tls12 = tls12
        self.tls13 = tls13
    }
}
