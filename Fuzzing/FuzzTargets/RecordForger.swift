internal import COpenSSL

/// A TLS peer that follows the protocol until the handshake is complete, and then encrypts arbitrary records with
/// AES-128-GCM and SHA-256.
package final class RecordForger {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    package enum Version: Int32, CaseIterable, Sendable {
        case v1_2 = 0x0303
        case v1_3 = 0x0304
    }

    /// The content types of RFC 8446, section 5.1.
    package enum ContentType: UInt8, CaseIterable, Sendable {
        case changeCipherSpec = 20
        case alert = 21
        case handshake = 22
        case applicationData = 23
    }

    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let isServer: Bool
    private let version: Version
    private var keys: SealingKeys?
    private var secret: [UInt8] = []

    /// A client that verifies nothing.
    package convenience init(client version: Version) throws { try self.init(version, isServer: false) }

    /// - Parameters:
    ///   - certificate: PEM.
    ///   - privateKey: PEM.
    package convenience init(server version: Version, certificate: [UInt8], privateKey: [UInt8]) throws {
        try self.init(version, isServer: true)
        let chain = BIO_new_mem_buf(certificate, Int32(certificate.count))
        let key = BIO_new_mem_buf(privateKey, Int32(privateKey.count))
        defer {
            BIO_free(chain)
            BIO_free(key)
        }
        let leaf = PEM_read_bio_X509(chain, nil, nil, nil)
        let pair = PEM_read_bio_PrivateKey(key, nil, nil, nil)
        defer {
            X509_free(leaf)
            EVP_PKEY_free(pair)
        }
        guard SSL_use_certificate(ssl, leaf) == 1, SSL_use_PrivateKey(ssl, pair) == 1 else {
            throw Finding("the forger's certificate is refused")
        }
    }

    private init(_ version: Version, isServer: Bool) throws {
        guard let context = SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
            throw Finding("SSL_CTX_new failed")
        }
        _ = COpenSSL_SSL_CTX_set_min_proto_version(context, version.rawValue)
        _ = COpenSSL_SSL_CTX_set_max_proto_version(context, version.rawValue)
        SSL_CTX_set_cipher_list(context, "ECDHE+AES128+AESGCM")
        SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256")
        SSL_CTX_set_num_tickets(context, 0)
        SSL_CTX_set_keylog_callback(context, noteSecret)
        guard let ssl = SSL_new(context) else {
            SSL_CTX_free(context)
            throw Finding("SSL_new failed")
        }
        self.context = context
        self.ssl = ssl
        self.isServer = isServer
        self.version = version
        SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()))
        SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
        isServer ? SSL_set_accept_state(ssl) : SSL_set_connect_state(ssl)
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
    }

    // MARK: Handshake

    package var isComplete: Bool { keys != nil }

    /// Continues the handshake.
    ///
    /// - Returns: The bytes to send.
    package func handshake(_ received: [UInt8] = []) throws -> [UInt8] {
        BIO_write(SSL_get_rbio(ssl), received, Int32(received.count))
        ERR_clear_error()
        if SSL_do_handshake(ssl) == 1, keys == nil { keys = try makeKeys() }
        var output = [UInt8](repeating: 0, count: BIO_ctrl_pending(SSL_get_wbio(ssl)))
        BIO_read(SSL_get_wbio(ssl), &output, Int32(output.count))
        return output
    }

    fileprivate func note(secret line: String) {
        let words = line.split(separator: " ")
        let label = isServer ? "SERVER_TRAFFIC_SECRET_0" : "CLIENT_TRAFFIC_SECRET_0"
        guard words.count == 3, words[0] == label else { return }
        let digits = Array(words[2].utf8)
        secret = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
        }
    }

    private func makeKeys() throws -> SealingKeys {
        guard version == .v1_2 else { return SealingKeys(trafficSecret: secret) }
        var master = [UInt8](repeating: 0, count: 48)
        var client = [UInt8](repeating: 0, count: 32)
        var server = client
        guard SSL_SESSION_get_master_key(SSL_get_session(ssl), &master, master.count) == master.count,
            SSL_get_client_random(ssl, &client, client.count) == client.count,
            SSL_get_server_random(ssl, &server, server.count) == server.count
        else { throw Finding("the forger has no keys") }
        return SealingKeys(masterSecret: master, client: client, server: server, isServer: isServer)
    }

    // MARK: Records

    /// Seals the next record. A KeyUpdate is the last one with the current keys.
    package func seal(_ type: ContentType, _ content: [UInt8]) throws -> [UInt8] {
        guard var keys else { throw Finding("the forger has not completed the handshake") }
        defer { self.keys = keys }
        guard version == .v1_3 else { return try keys.sealTLS12(type.rawValue, content) }
        let record = try keys.sealTLS13(type.rawValue, content)
        if type == .handshake, content.count == 5, content.first == 24 { keys.update() }
        return record
    }

    /// A KeyUpdate with each byte in a record of its own.
    package func keyUpdateInPieces() throws -> [UInt8] {
        let records = try [24, 0, 0, 1, 0].flatMap { try seal(.handshake, [$0]) }
        keys?.update()
        return records
    }

    /// A KeyUpdate (RFC 8446, section 4.6.3).
    package func keyUpdate(isRequest: Bool) throws -> [UInt8] {
        try seal(.handshake, [24, 0, 0, 1, isRequest ? 1 : 0])
    }

    /// A warning alert of TLS 1.2.
    package func warning(_ description: UInt8) throws -> [UInt8] { try seal(.alert, [1, description]) }

    /// A HelloRequest (RFC 5246, section 7.4.1.1).
    package func helloRequest() throws -> [UInt8] { try seal(.handshake, [0, 0, 0, 0]) }

    /// The first message of a renegotiation, by a client of TLS 1.2.
    package func clientHello() throws -> [UInt8] {
        let random = [UInt8](repeating: 7, count: 32)
        // The message offers ECDHE-ECDSA-AES128-GCM-SHA256 without compression. Its renegotiation_info has the wrong
        // content, so that it is refused even where renegotiation is allowed.
        let body: [UInt8] = [3, 3] + random + [0, 0, 2, 0xc0, 0x2b, 1, 0, 0, 5, 0xff, 1, 0, 1, 0]
        return try seal(.handshake, [1, 0, 0, UInt8(body.count)] + body)
    }
}

private func noteSecret(_ ssl: OpaquePointer?, _ line: UnsafePointer<CChar>?) {
    guard let line, let forger = SSL_get_ex_data(ssl, 0) else { return }
    Unmanaged<RecordForger>.fromOpaque(forger).takeUnretainedValue().note(secret: String(cString: line))
}
