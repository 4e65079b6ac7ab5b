internal import COpenSSL
import Glibc

/// A certificate with a new key, signed with SHA-256.
final class SignedCertificate: Sendable {
    // Neither is changed after the initializer, and libcrypto only reads them.
    private nonisolated(unsafe) let certificate: OpaquePointer
    private nonisolated(unsafe) let key: OpaquePointer

    /// - Parameters:
    ///   - subject: In OpenSSL's form, `/O=system:masters/CN=admin`.
    ///   - days: How many days it is valid, starting now.
    ///   - extensions: As in a configuration file of OpenSSL (x509v3_config).
    ///   - issuer: Nil for a self-signed certificate.
    init(
        subject: String,
        _ keyType: TestCertificates.KeyType,
        days: Int,
        extensions: [(name: String, value: String)],
        issuer: SignedCertificate?
    ) throws {
        key = try Self.makeKey(keyType)
        certificate = try require(X509_new(), "X509_new")
        try check(X509_set_version(certificate, Int(X509_VERSION_3)), "X509_set_version")
        let serial = X509_get_serialNumber(certificate)
        try check(ASN1_INTEGER_set_uint64(serial, UInt64.random(in: 1...UInt64.max)), "ASN1_INTEGER_set_uint64")
        let now = time(nil)
        _ = ASN1_TIME_set(X509_getm_notBefore(certificate), now)
        _ = ASN1_TIME_set(X509_getm_notAfter(certificate), now + days * 86_400)
        try check(X509_set_pubkey(certificate, key), "X509_set_pubkey")
        try setSubject(subject)
        let signer = issuer?.certificate ?? certificate
        try check(X509_set_issuer_name(certificate, X509_get_subject_name(signer)), "X509_set_issuer_name")
        for (name, value) in extensions { try add(name, value, signer) }
        guard X509_sign(certificate, issuer?.key ?? key, EVP_sha256()) > 0 else { throw LibcryptoError("X509_sign") }
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    var pem: [UInt8] {
        get throws { try Self.written { PEM_write_bio_X509($0, certificate) } }
    }

    /// Unencrypted PKCS#8.
    var keyPEM: [UInt8] {
        get throws { try Self.written { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) } }
    }

    private func setSubject(_ subject: String) throws {
        let name = X509_get_subject_name(certificate)
        for part in subject.split(separator: "/") {
            let (field, value) = (part.prefix { $0 != "=" }, Array(part.drop { $0 != "=" }.dropFirst().utf8))
            let added = X509_NAME_add_entry_by_txt(
                name,
                String(field),
                MBSTRING_UTF8,
                value,
                Int32(value.count),
                -1,
                0
            )
            try check(added, "X509_NAME_add_entry_by_txt")
        }
    }

    private func add(_ name: String, _ value: String, _ signer: OpaquePointer) throws {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, signer, certificate, nil, nil, 0)
        let added = try require(X509V3_EXT_nconf(nil, &context, name, value), "X509V3_EXT_nconf")
        defer { X509_EXTENSION_free(added) }
        try check(X509_add_ext(certificate, added, -1), "X509_add_ext")
    }

    private static func makeKey(_ type: TestCertificates.KeyType) throws -> OpaquePointer {
        guard type == .rsa2048 else { return try require(COpenSSL_EVP_EC_gen_P256(), "EVP_EC_gen") }
        let context = try require(EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nil), "EVP_PKEY_CTX_new_id")
        defer { EVP_PKEY_CTX_free(context) }
        try check(EVP_PKEY_keygen_init(context), "EVP_PKEY_keygen_init")
        try check(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048), "EVP_PKEY_CTX_set_rsa_keygen_bits")
        var key: OpaquePointer?
        try check(EVP_PKEY_generate(context, &key), "EVP_PKEY_generate")
        return try require(key, "EVP_PKEY_generate")
    }

    private static func written(_ write: (OpaquePointer) -> Int32) throws -> [UInt8] {
        let bio = try require(BIO_new(BIO_s_mem()), "BIO_new")
        defer { BIO_free(bio) }
        try check(write(bio), "PEM_write_bio")
        var start: UnsafeMutablePointer<CChar>?
        let count = COpenSSL_BIO_get_mem_data(bio, &start)
        return [UInt8](UnsafeRawBufferPointer(start: start, count: max(count, 0)))
    }
}

/// A libcrypto call that failed.
struct LibcryptoError: Error {
    let call: String

    /// Clears this thread's error queue, so that a connection does not report these errors as its own.
    init(_ call: String) {
        ERR_clear_error()
        self.call = call
    }
}

private func check(_ result: Int32, _ call: String) throws {
    guard result == 1 else { throw LibcryptoError(call) }
}

private func require(_ pointer: OpaquePointer?, _ call: String) throws -> OpaquePointer {
    guard let pointer else { throw LibcryptoError(call) }
    return pointer
}
