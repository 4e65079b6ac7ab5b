internal import COpenSSL

/// Sets up an `SSL_CTX`, and frees it if that fails halfway.
final class TLSContextBuilder {
    private let role: TLSRole
    private let context: OpaquePointer
    private var isFinished = false

    /// The longest certificate chain of a client, in bytes. With OpenSSL's default, each client could occupy 100 KiB.
    private static let maximumClientChain = 32 * 1024

    init(role: TLSRole) throws(TLSError) {
        OpenSSLErrorQueue.clear()
        guard let context = SSL_CTX_new(role == .server ? TLS_server_method() : TLS_client_method()) else {
            throw .failed("SSL_CTX_new")
        }
        self.role = role
        self.context = context
        var options = COpenSSL_SSL_OP_NO_COMPRESSION() | COpenSSL_SSL_OP_NO_RENEGOTIATION()
        if role == .server {
            options |= COpenSSL_SSL_OP_NO_TICKET()
            SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_CERT_LIST, Self.maximumClientChain, nil)
        }
        SSL_CTX_set_options(context, options)
        SSL_CTX_set_num_tickets(context, 0)
        COpenSSL_SSL_CTX_disable_session_cache(context)
        // An idle connection returns its buffers to the allocator; otherwise it would keep 34 KiB.
        COpenSSL_SSL_CTX_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS))
    }

    deinit {
        if !isFinished { SSL_CTX_free(context) }
    }

    /// Hands the context over to the caller, who frees it.
    func finish() -> OpaquePointer {
        isFinished = true
        return context
    }

    /// `SSL_CTX_new` has already read the limits of the system's configuration file (`MinProtocol`, `MaxProtocol`).
    func setVersions(minimum: TLSVersion?, maximum: TLSVersion?) throws(TLSError) {
        let lowest = TLSVersion(protocolVersion: COpenSSL_SSL_CTX_get_min_proto_version(context))
        let highest = TLSVersion(protocolVersion: COpenSSL_SSL_CTX_get_max_proto_version(context))
        let effectiveMinimum = max(minimum ?? .v1_2, lowest ?? .v1_0)
        let effectiveMaximum = min(maximum ?? .v1_3, highest ?? .v1_3)
        guard effectiveMinimum <= effectiveMaximum else {
            throw .invalidVersions(minimum: effectiveMinimum, maximum: effectiveMaximum)
        }
        guard
            COpenSSL_SSL_CTX_set_min_proto_version(context, effectiveMinimum.protocolVersion) == 1,
            COpenSSL_SSL_CTX_set_max_proto_version(context, effectiveMaximum.protocolVersion) == 1
        else {
            throw .failed("SSL_CTX_set_min_proto_version", "refused")
        }
    }

    /// Call this after `setVersions`. Without a list for TLS 1.2 the recommended one is set, except in two cases: TLS
    /// 1.0 and 1.1 have none of these suites, and a list in the system's configuration file (`CipherString`) stays in
    /// force.
    func setCipherSuites(_ suites: TLSCipherSuites) throws(TLSError) {
        OpenSSLErrorQueue.clear()
        let allowsOldVersions = COpenSSL_SSL_CTX_get_min_proto_version(context) < TLSVersion.v1_2.protocolVersion
        let isDefault = !allowsOldVersions && cipherListIsDefault
        if let names = suites.tls12 ?? (isDefault ? TLSCipherSuites.recommended : nil),
            SSL_CTX_set_cipher_list(context, names.joined(separator: ":")) != 1
        {
            throw .invalidCipherSuites(OpenSSLErrorQueue.drain() ?? names.joined(separator: ":"))
        }
        if let names = suites.tls13, SSL_CTX_set_ciphersuites(context, names.joined(separator: ":")) != 1 {
            throw .invalidCipherSuites(OpenSSLErrorQueue.drain() ?? names.joined(separator: ":"))
        }
    }

    /// Whether the system's configuration file leaves OpenSSL's list as it is.
    private var cipherListIsDefault: Bool {
        // `SSL_CTX_new` reads the configuration file.
        guard let other = SSL_CTX_new(TLS_server_method()) else { return true }
        defer { SSL_CTX_free(other) }
        let configured = Self.ciphers(of: other)
        return SSL_CTX_set_cipher_list(other, OSSL_default_cipher_list()) == 1 && configured == Self.ciphers(of: other)
    }

    private static func ciphers(of context: OpaquePointer) -> [UInt32] {
        guard let ciphers = SSL_CTX_get_ciphers(context) else { return [] }
        return (0..<OPENSSL_sk_num(ciphers)).map { SSL_CIPHER_get_id(OpaquePointer(OPENSSL_sk_value(ciphers, $0))) }
    }

    /// - Returns: The content of the leaf certificate.
    func setIdentity(chain: [UInt8], key: [UInt8]) throws(TLSError) -> CertificateInfo {
        let certificates = try PEM.certificates(chain, from: .certificateChain)
        let privateKey = try PEM.privateKey(key)
        defer {
            extendLifetime(certificates)
            extendLifetime(privateKey)
        }
        let leaf = certificates.pointers[0]
        let info = CertificateInfo(leaf)
        guard X509_check_private_key(leaf, privateKey.pointer) == 1 else {
            OpenSSLErrorQueue.clear()
            throw .keyMismatch(subject: info.subject)
        }
        guard SSL_CTX_use_certificate(context, leaf) == 1 else {
            throw .unusable(.certificateChain, reason: OpenSSLErrorQueue.drain() ?? "no reason given")
        }
        for issuer in certificates.pointers.dropFirst() {
            guard COpenSSL_SSL_CTX_add1_chain_cert(context, issuer) == 1 else {
                throw .unusable(.certificateChain, reason: OpenSSLErrorQueue.drain() ?? "no reason given")
            }
        }
        guard SSL_CTX_use_PrivateKey(context, privateKey.pointer) == 1, SSL_CTX_check_private_key(context) == 1 else {
            throw .unusable(.privateKey, reason: OpenSSLErrorQueue.drain() ?? "no reason given")
        }
        return info
    }

    func setClientCertificates(_ policy: TLSServerConfiguration.ClientCertificates) throws(TLSError) {
        switch policy {
        case .none:
            SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
        case .optional(let roots):
            try trust(roots, from: .clientTrustRoots)
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER, noteRejectedCertificate)
        case .required(let roots):
            try trust(roots, from: .clientTrustRoots)
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, noteRejectedCertificate)
        }
    }

    func setTrust(
        _ roots: TLSClientConfiguration.TrustRoots,
        _ verification: TLSClientConfiguration.Verification
    ) throws(TLSError) {
        guard verification == .full else {
            SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
            return
        }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, noteRejectedCertificate)
        switch roots {
        case .pem(let bytes):
            try trust(bytes, from: .trustRoots)
        case .system:
            guard SSL_CTX_set_default_verify_paths(context) == 1 else {
                throw .unusable(.trustRoots, reason: OpenSSLErrorQueue.drain() ?? "the system's store is not there")
            }
            OpenSSLErrorQueue.clear()
        }
    }

    /// Makes each certificate a trust anchor, whether or not it is self-signed. A server also names them to its clients
    /// as the authorities that it accepts.
    private func trust(_ bytes: [UInt8], from source: TLSError.Source) throws(TLSError) {
        guard let store = SSL_CTX_get_cert_store(context) else { return }
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        let certificates = try PEM.certificates(bytes, from: source)
        defer { extendLifetime(certificates) }
        for certificate in certificates.pointers {
            guard
                X509_STORE_add_cert(store, certificate) == 1,
                role == .client || SSL_CTX_add_client_CA(context, certificate) == 1
            else {
                throw .unusable(source, reason: OpenSSLErrorQueue.drain() ?? "no reason given")
            }
        }
    }

    func select(_ protocols: ALPNProtocols) {
        guard !protocols.bytes.isEmpty else { return }
        let argument = Unmanaged.passUnretained(protocols).toOpaque()
        SSL_CTX_set_alpn_select_cb(context, selectProtocol, argument)
    }

    func offer(_ protocols: ALPNProtocols) throws(TLSError) {
        guard !protocols.bytes.isEmpty else { return }
        // Unlike the other functions, this one returns 0 on success.
        guard SSL_CTX_set_alpn_protos(context, protocols.bytes.baseAddress, UInt32(protocols.bytes.count)) == 0 else {
            throw .failed("SSL_CTX_set_alpn_protos", "refused")
        }
    }
}
