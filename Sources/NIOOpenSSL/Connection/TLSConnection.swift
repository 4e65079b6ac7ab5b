internal import COpenSSL
internal import NIOCore

/// An OpenSSL `SSL` that converts between plaintext and ciphertext in memory. It belongs to one event loop.
///
/// After each call, even one that fails, what `takeCiphertext` returns must be sent, since it may hold alerts and
/// session tickets.
final class TLSConnection {
    enum HandshakeResult: Equatable {
        case complete
        /// No complete record has been received.
        case wantsInput
        /// A record was read that did not complete the handshake.
        case record
        case failed(TLSError)
    }

    enum ReadResult: Equatable {
        case bytes
        /// No complete record has been received.
        case wantsInput
        /// A record was read that carried no application data.
        case record
        /// The peer has sent close_notify.
        case closed
        case failed(TLSError)
    }

    private let context: TLSContext
    private let pointer: OpaquePointer
    private let ciphertext: CiphertextBuffers
    private let serverName: String?
    /// The first certificate of the peer's chain that did not verify.
    private var rejectedCertificate: CertificateInfo?

    /// - Parameter serverName: The name that a client verifies and sends as SNI.
    init(context: TLSContext, serverName: String? = nil) throws(TLSError) {
        OpenSSLErrorQueue.clear()
        let ciphertext = CiphertextBuffers()
        guard let bio = ciphertext.makeBIO() else { throw .failed("BIO_new") }
        guard let pointer = SSL_new(context.pointer) else {
            BIO_free(bio)
            throw .failed("SSL_new")
        }
        self.context = context
        self.pointer = pointer
        self.ciphertext = ciphertext
        self.serverName = serverName
        SSL_set_bio(pointer, bio, bio)
        SSL_set_ex_data(pointer, 0, Unmanaged.passUnretained(self).toOpaque())
        switch context.role {
        case .server:
            SSL_set_accept_state(pointer)
            ciphertext.messages = HandshakeMessages()
        case .client:
            SSL_set_connect_state(pointer)
            try setServerName(serverName ?? "")
        }
    }

    deinit { SSL_free(pointer) }

    private func setServerName(_ text: String) throws(TLSError) {
        let name: ServerName
        do {
            name = try ServerName(text)
        } catch {
            if context.verifiesPeer { throw error }
            return
        }
        let parameters = SSL_get0_param(pointer)
        switch name {
        case .dns(let host):
            let flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
            X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(flags))
            guard
                COpenSSL_SSL_set_tlsext_host_name(pointer, host) == 1,
                X509_VERIFY_PARAM_set1_host(parameters, host, host.utf8.count) == 1
            else { throw .invalidServerName(text) }
        case .ip(let address):
            guard X509_VERIFY_PARAM_set1_ip_asc(parameters, address) == 1 else { throw .invalidServerName(text) }
        }
    }
}

// MARK: - Ciphertext

extension TLSConnection {
    /// How many received bytes OpenSSL has not read yet.
    var unreadCiphertext: Int { ciphertext.inboundCount }

    func receive(_ buffer: ByteBuffer) { ciphertext.receive(buffer) }

    func dropReceived() { ciphertext.dropInbound() }

    /// Whether a record has been received only in part.
    var isWithinRecord: Bool { ciphertext.records.isWithinRecord }

    func takeCiphertext() -> ByteBuffer? { ciphertext.takeOutbound() }

    /// Makes room for the ciphertext of `plaintext` bytes in whole records.
    func reserveCiphertext(forPlaintext plaintext: Int) {
        let records = plaintext / Self.maximumRecord + 1
        ciphertext.reserveOutbound(plaintext + records * Self.recordOverhead)
    }

    /// The most plaintext in a record (RFC 8446, section 5.1).
    static let maximumRecord = 16 * 1024
    /// The most bytes that any cipher suite adds to a record: header, nonce, padding and tag.
    private static let recordOverhead = 96
}

// MARK: - Operations

extension TLSConnection {
    func handshake() -> HandshakeResult {
        OpenSSLErrorQueue.clear()
        ciphertext.allowRecord()
        let result = SSL_do_handshake(pointer)
        if result == 1 {
            ciphertext.messages = nil
            return .complete
        }
        let error = SSL_get_error(pointer, result)
        guard error == SSL_ERROR_WANT_READ else { return .failed(handshakeError(error)) }
        guard !ciphertext.hasOversizedMessage else {
            return .failed(
                .handshakeFailed(reason: "a ClientHello of more than \(HandshakeMessages.maximumClientHello) bytes")
            )
        }
        guard ciphertext.records.isAtEnd else { return .wantsInput }
        // What follows is encrypted, except in TLS 1.3, where this record has no meaning.
        if ciphertext.records.type == RecordBoundaries.changeCipherSpecType, SSL_version(pointer) != TLS1_3_VERSION {
            ciphertext.messages = nil
        }
        return .record
    }

    /// Reads one record, or the rest of one. Appends as much of its plaintext to `buffer` as fits.
    func read(into buffer: inout ByteBuffer) -> ReadResult {
        guard unreadCiphertext > 0 || SSL_has_pending(pointer) == 1 else { return .wantsInput }
        OpenSSLErrorQueue.clear()
        ciphertext.allowRecord()
        var error = SSL_ERROR_NONE
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { space in
            var count = 0
            let result = SSL_read_ex(pointer, space.baseAddress, space.count, &count)
            if result == 1 { return count }
            error = SSL_get_error(pointer, result)
            return 0
        }
        switch error {
        case SSL_ERROR_NONE: return .bytes
        case SSL_ERROR_WANT_READ: return ciphertext.records.isAtEnd ? recordWithoutData : .wantsInput
        case SSL_ERROR_ZERO_RETURN: return .closed
        default: return .failed(.connectionFailed(reason: Self.reason(error)))
        }
    }

    private var recordWithoutData: ReadResult {
        // OpenSSL has refused a renegotiation with a warning, after it had to accept a ClientHello of up to 128 KiB.
        let isRenegotiation = context.role == .server && ciphertext.records.type == RecordBoundaries.handshakeType
        return isRenegotiation ? .failed(.renegotiation) : .record
    }

    /// How many bytes of a decrypted record have not been read yet.
    var pendingPlaintext: Int { Int(SSL_pending(pointer)) }

    /// Encrypts all of `buffer`, which must not be empty. Returns the error, if there was one.
    func write(_ buffer: ByteBuffer) -> TLSError? {
        OpenSSLErrorQueue.clear()
        return buffer.withUnsafeReadableBytes { bytes in
            var count = 0
            let result = SSL_write_ex(pointer, bytes.baseAddress, bytes.count, &count)
            if result == 1 { return nil }
            return .connectionFailed(reason: Self.reason(SSL_get_error(pointer, result)))
        }
    }

    /// Writes close_notify. This is not allowed during the handshake or after a fatal error.
    func shutdown() {
        OpenSSLErrorQueue.clear()
        if SSL_shutdown(pointer) < 0 { OpenSSLErrorQueue.clear() }
    }
}

// MARK: - After the handshake

extension TLSConnection {
    var version: TLSVersion? { TLSVersion(protocolVersion: SSL_version(pointer)) }

    var applicationProtocol: String? {
        var start: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(pointer, &start, &count)
        guard let start, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
    }

    /// Whether the peer has presented a certificate that was verified.
    var hasPeerCertificate: Bool { verifiedCertificate != nil }

    /// The peer's certificate if it was verified; parsed at each call.
    var peerCertificate: CertificateInfo? { verifiedCertificate.map { CertificateInfo($0) } }

    var peerChain: [Certificate] {
        // The chain belongs to the connection.
        guard let chain = SSL_get_peer_cert_chain(pointer) else { return [] }
        return (0..<OPENSSL_sk_num(chain)).compactMap { index in
            OPENSSL_sk_value(chain, index).flatMap { try? Certificate(OpaquePointer($0)) }
        }
    }

    /// The pointer belongs to the connection.
    private var verifiedCertificate: OpaquePointer? {
        guard context.verifiesPeer, SSL_get_verify_result(pointer) == X509_V_OK else { return nil }
        return SSL_get0_peer_certificate(pointer)
    }
}

// MARK: - Errors

extension TLSConnection {
    private func handshakeError(_ error: Int32) -> TLSError {
        guard OpenSSLErrorQueue.last(is: ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED) else {
            return .handshakeFailed(reason: Self.reason(error))
        }
        OpenSSLErrorQueue.clear()
        let code = SSL_get_verify_result(pointer)
        return .certificateRejected(
            code: code,
            reason: String(cString: X509_verify_cert_error_string(code)),
            peer: serverName,
            certificate: rejectedCertificate?.description
        )
    }

    private static func reason(_ error: Int32) -> String {
        OpenSSLErrorQueue.drain() ?? "SSL_get_error says \(error), without a reason"
    }

    fileprivate func note(rejected certificate: OpaquePointer) {
        if rejectedCertificate == nil { rejectedCertificate = CertificateInfo(certificate) }
    }
}

/// OpenSSL's callback for each certificate that it has verified. It does not change the result.
func noteRejectedCertificate(isValid: Int32, store: OpaquePointer?) -> Int32 {
    guard isValid == 0,
        let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
        let connection = SSL_get_ex_data(OpaquePointer(ssl), 0),
        let certificate = X509_STORE_CTX_get_current_cert(store)
    else { return isValid }
    Unmanaged<TLSConnection>.fromOpaque(connection).takeUnretainedValue().note(rejected: certificate)
    return isValid
}
