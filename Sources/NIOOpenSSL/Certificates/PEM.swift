internal import COpenSSL

/// Reads and writes certificates and keys in PEM. OpenSSL skips text and blocks of other kinds.
enum PEM {
    /// The certificates of `bytes`, in order; there is at least one.
    static func certificates(_ bytes: [UInt8], from source: TLSError.Source) throws(TLSError) -> X509Chain {
        OpenSSLErrorQueue.clear()
        let bio = try MemoryBIO(reading: bytes)
        defer { extendLifetime(bio) }
        let chain = X509Chain()
        while let certificate = PEM_read_bio_X509(bio.pointer, nil, refusePassphrase, nil) {
            chain.append(owning: certificate)
        }
        guard OpenSSLErrorQueue.last(is: ERR_LIB_PEM, PEM_R_NO_START_LINE) else {
            let reason = OpenSSLErrorQueue.drain() ?? "not a certificate"
            throw .unreadablePEM(source, block: chain.count + 1, reason: reason)
        }
        OpenSSLErrorQueue.clear()
        guard chain.count > 0 else { throw .missingPEM(source, expected: "CERTIFICATE") }
        return chain
    }

    /// The first private key of `bytes`: PKCS#8, PKCS#1 (RSA) or SEC1 (EC).
    static func privateKey(_ bytes: [UInt8]) throws(TLSError) -> PrivateKey {
        OpenSSLErrorQueue.clear()
        let bio = try MemoryBIO(reading: bytes)
        defer { extendLifetime(bio) }
        var wasEncrypted = false
        let key = withUnsafeMutablePointer(to: &wasEncrypted) { flag in
            PEM_read_bio_PrivateKey(bio.pointer, nil, refusePassphrase, flag)
        }
        let reason = OpenSSLErrorQueue.drain()
        if let key { return PrivateKey(owning: key) }
        if wasEncrypted { throw .encryptedPrivateKey }
        guard hasBlock(bytes, endingIn: "PRIVATE KEY-----") else {
            throw .missingPEM(.privateKey, expected: "PRIVATE KEY")
        }
        throw .unreadablePEM(.privateKey, block: 1, reason: reason ?? "not a private key")
    }

    /// The blocks of `bytes`, in order, of any kind. Encrypted blocks are not decrypted.
    static func blocks(_ bytes: [UInt8], from source: TLSError.Source) throws(TLSError) -> [Block] {
        OpenSSLErrorQueue.clear()
        let bio = try MemoryBIO(reading: bytes)
        defer { extendLifetime(bio) }
        var blocks: [Block] = []
        while true {
            var label: UnsafeMutablePointer<CChar>?
            var header: UnsafeMutablePointer<CChar>?
            var content: UnsafeMutablePointer<UInt8>?
            var count = 0
            guard PEM_read_bio(bio.pointer, &label, &header, &content, &count) == 1 else { break }
            defer {
                COpenSSL_free(label)
                COpenSSL_free(header)
                COpenSSL_free(content)
            }
            // OpenSSL allocated a text that ends with a zero byte, and this many bytes.
            let text = label.map { String(cString: $0) } ?? ""
            blocks.append(Block(label: text, bytes: [UInt8](UnsafeBufferPointer(start: content, count: max(count, 0)))))
        }
        guard OpenSSLErrorQueue.last(is: ERR_LIB_PEM, PEM_R_NO_START_LINE) else {
            let reason = OpenSSLErrorQueue.drain() ?? "not PEM"
            throw .unreadablePEM(source, block: blocks.count + 1, reason: reason)
        }
        OpenSSLErrorQueue.clear()
        return blocks
    }

    /// The decoded content between `-----BEGIN label-----` and its end.
    struct Block {
        let label: String
        let bytes: [UInt8]
    }

    static func write(certificate: OpaquePointer) throws(TLSError) -> [UInt8] {
        let bio = try MemoryBIO()
        guard PEM_write_bio_X509(bio.pointer, certificate) == 1 else { throw .failed("PEM_write_bio_X509") }
        return bio.contents
    }

    /// Writes an unencrypted PKCS#8 key.
    static func write(_ key: PrivateKey) throws(TLSError) -> [UInt8] {
        let bio = try MemoryBIO()
        defer { extendLifetime(key) }
        guard PEM_write_bio_PrivateKey(bio.pointer, key.pointer, nil, nil, 0, nil, nil) == 1 else {
            throw .failed("PEM_write_bio_PrivateKey")
        }
        return bio.contents
    }

    private static func hasBlock(_ bytes: [UInt8], endingIn label: String) -> Bool {
        bytes.split(separator: UInt8(ascii: "\n")).contains { line in
            line.starts(with: "-----BEGIN ".utf8)
                && line.reversed().drop { $0 == 0x0D || $0 == 0x20 }.starts(with: label.utf8.reversed())
        }
    }
}

/// OpenSSL's passphrase callback, without which OpenSSL would ask on the terminal. It never returns a passphrase, but
/// sets the `Bool` behind `flag` to record that one was needed.
private func refusePassphrase(
    _: UnsafeMutablePointer<CChar>?,
    _: Int32,
    _: Int32,
    flag: UnsafeMutableRawPointer?
) -> Int32 {
    flag?.assumingMemoryBound(to: Bool.self).pointee = true
    return -1
}

/// Owns an OpenSSL memory `BIO`, whose content OpenSSL overwrites when it is freed.
private final class MemoryBIO {
    let pointer: OpaquePointer

    /// - Parameter bytes: The content, which is copied.
    init(reading bytes: [UInt8] = []) throws(TLSError) {
        guard let bio = BIO_new(BIO_s_mem()) else { throw .failed("BIO_new") }
        pointer = bio
        var written = 0
        guard bytes.isEmpty || BIO_write_ex(bio, bytes, bytes.count, &written) == 1 else {
            throw .failed("BIO_write_ex")
        }
    }

    var contents: [UInt8] {
        var start: UnsafeMutablePointer<CChar>?
        let count = COpenSSL_BIO_get_mem_data(pointer, &start)
        return [UInt8](UnsafeRawBufferPointer(start: start, count: max(count, 0)))
    }

    deinit { BIO_free(pointer) }
}

/// Owns certificates. Code that uses `pointers` must keep the chain alive meanwhile (`extendLifetime`).
final class X509Chain {
    private(set) var pointers: [OpaquePointer] = []

    var count: Int { pointers.count }

    func append(owning certificate: OpaquePointer) { pointers.append(certificate) }

    deinit {
        for pointer in pointers { X509_free(pointer) }
    }
}

/// Owns an OpenSSL `EVP_PKEY`. Code that uses `pointer` must keep the key alive meanwhile (`extendLifetime`).
final class PrivateKey {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    /// Generates an ECDSA key on the curve P-256.
    static func make() throws(TLSError) -> PrivateKey {
        OpenSSLErrorQueue.clear()
        guard let pointer = COpenSSL_EVP_EC_gen_P256() else { throw .failed("EVP_EC_gen", "no reason given") }
        return PrivateKey(owning: pointer)
    }

    deinit { EVP_PKEY_free(pointer) }
}
