internal import COpenSSL

/// A public key, with the numbers that a JSON Web Key has (RFC 7518, 6).
package struct PublicKey: Hashable, Sendable {
    /// Numbers are big-endian.
    package enum Kind: Hashable, Sendable {
        /// Without leading zeros.
        case rsa(modulus: [UInt8], exponent: [UInt8])
        /// `curve` is OpenSSL's name of it, such as `prime256v1`. The coordinates are as long as the curve's field.
        case ec(curve: String, x: [UInt8], y: [UInt8])
        /// OpenSSL's name of another type, such as `ED25519`.
        case other(String)
    }

    package let kind: Kind
    /// The size in bits: of the modulus, or of the curve's field.
    package let bits: Int
    /// A SubjectPublicKeyInfo (RFC 5280, 4.1) in DER. The point of a curve is not compressed.
    package let der: [UInt8]

    /// The keys of a PEM text, in order; there is at least one. For a certificate, it is the certificate's key; text
    /// and blocks of other kinds are skipped.
    ///
    /// - Throws: `TLSError.privateKeyInPublicPEM` for a private key, which does not belong among public ones.
    package static func parse(_ pem: [UInt8]) throws(TLSError) -> [PublicKey] {
        var keys: [PublicKey] = []
        for block in try PEM.blocks(pem, from: .publicKeys) {
            guard !block.label.hasSuffix("PRIVATE KEY") else { throw .privateKeyInPublicPEM }
            guard let encoding = Encoding(rawValue: block.label) else { continue }
            OpenSSLErrorQueue.clear()
            guard let pointer = encoding.decode(block.bytes) else {
                let reason = OpenSSLErrorQueue.drain() ?? "not a public key"
                throw .unreadablePEM(.publicKeys, block: keys.count + 1, reason: reason)
            }
            defer { EVP_PKEY_free(pointer) }
            keys.append(try PublicKey(pointer))
        }
        guard !keys.isEmpty else { throw .missingPEM(.publicKeys, expected: "PUBLIC KEY") }
        return keys
    }

    /// Reads an OpenSSL `EVP_PKEY`, which the caller owns.
    private init(_ key: OpaquePointer) throws(TLSError) {
        OpenSSLErrorQueue.clear()
        defer { OpenSSLErrorQueue.clear() }
        bits = Int(EVP_PKEY_get_bits(key))
        switch EVP_PKEY_get0_type_name(key).map({ String(cString: $0) }) ?? "unknown" {
        case "RSA":
            kind = .rsa(modulus: try Self.number("n", of: key), exponent: try Self.number("e", of: key))
        case "EC":
            // A key keeps the form in which its point was read.
            guard EVP_PKEY_set_utf8_string_param(key, "point-format", "uncompressed") == 1 else {
                throw .failed("EVP_PKEY_set_utf8_string_param", "refused")
            }
            let size = (bits + 7) / 8
            kind = .ec(
                curve: Self.curve(of: key),
                x: try Self.number("qx", of: key, size: size),
                y: try Self.number("qy", of: key, size: size)
            )
        case let name: kind = .other(name)
        }
        der = try Self.encode(key)
    }

    private static func curve(of key: OpaquePointer) -> String {
        var name = [CChar](repeating: 0, count: 80)
        var count = 0
        // The size leaves the last byte zero, whatever is written.
        guard EVP_PKEY_get_group_name(key, &name, name.count - 1, &count) == 1 else { return "unnamed" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// - Parameters:
    ///   - name: A parameter of the key (EVP_PKEY-RSA(7), EVP_PKEY-EC(7)).
    ///   - size: How many bytes the number has at least.
    private static func number(_ name: String, of key: OpaquePointer, size: Int = 1) throws(TLSError) -> [UInt8] {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key, name, &number) == 1, let number else {
            throw .failed("EVP_PKEY_get_bn_param", name)
        }
        defer { BN_free(number) }
        let count = max(size, (Int(BN_num_bits(number)) + 7) / 8)
        var bytes = [UInt8](repeating: 0, count: count)
        guard BN_bn2binpad(number, &bytes, Int32(count)) == Int32(count) else { throw .failed("BN_bn2binpad", name) }
        return bytes
    }

    private static func encode(_ key: OpaquePointer) throws(TLSError) -> [UInt8] {
        var start: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(key, &start)
        guard count > 0, let start else { throw .failed("i2d_PUBKEY", "refused") }
        defer { COpenSSL_free(start) }
        // OpenSSL allocated this many bytes.
        return [UInt8](UnsafeBufferPointer(start: start, count: Int(count)))
    }

    /// How a block is encoded; the raw value is its label.
    private enum Encoding: String {
        case subjectPublicKeyInfo = "PUBLIC KEY"
        /// RFC 8017, A.1.1.
        case pkcs1 = "RSA PUBLIC KEY"
        case certificate = "CERTIFICATE"

        /// Returns an `EVP_PKEY` that the caller frees; nil if there is none.
        func decode(_ bytes: [UInt8]) -> OpaquePointer? {
            bytes.withUnsafeBufferPointer { bytes in
                var position = bytes.baseAddress
                switch self {
                case .subjectPublicKeyInfo: return d2i_PUBKEY(nil, &position, bytes.count)
                case .pkcs1: return d2i_PublicKey(EVP_PKEY_RSA, nil, &position, bytes.count)
                case .certificate:
                    guard let certificate = d2i_X509(nil, &position, bytes.count) else { return nil }
                    defer { X509_free(certificate) }
                    return X509_get_pubkey(certificate)
                }
            }
        }
    }
}
