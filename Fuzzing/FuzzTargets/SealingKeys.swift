internal import COpenSSL

/// The keys with which one side of a connection encrypts its records (AES-128-GCM).
struct SealingKeys {
    private var key: [UInt8]
    private var iv: [UInt8]
    private var sequence: UInt64
    /// The traffic secret of TLS 1.3.
    private var secret: [UInt8] = []

    /// The keys of TLS 1.3 (RFC 8446, section 7.3).
    init(trafficSecret secret: [UInt8]) {
        self.secret = secret
        key = Self.expand(secret, "key", 16)
        iv = Self.expand(secret, "iv", 12)
        sequence = 0
    }

    /// The keys of TLS 1.2 (RFC 5246, section 6.3), after the first record, the Finished message.
    init(masterSecret: [UInt8], client: [UInt8], server: [UInt8], isServer: Bool) {
        let seed = Array("key expansion".utf8) + server + client
        var block: [UInt8] = []
        var chain = seed
        while block.count < 40 {
            chain = Self.hmac(masterSecret, chain)
            block += Self.hmac(masterSecret, chain + seed)
        }
        key = Array(isServer ? block[16..<32] : block[0..<16])
        iv = Array(isServer ? block[36..<40] : block[32..<36])
        sequence = 1
    }

    /// Derives the next keys after a KeyUpdate (RFC 8446, section 7.2).
    mutating func update() { self = SealingKeys(trafficSecret: Self.expand(secret, "traffic upd", 32)) }

    mutating func sealTLS13(_ type: UInt8, _ content: [UInt8]) throws -> [UInt8] {
        var nonce = iv
        for (index, byte) in number.enumerated() { nonce[4 + index] ^= byte }
        let header: [UInt8] = [23, 3, 3] + Self.length(content.count + 17)
        sequence += 1
        return header + (try encrypt(content + [type], nonce: nonce, additional: header))
    }

    mutating func sealTLS12(_ type: UInt8, _ content: [UInt8]) throws -> [UInt8] {
        let number = number
        sequence += 1
        let additional = number + [type, 3, 3] + Self.length(content.count)
        let sealed = try encrypt(content, nonce: iv + number, additional: additional)
        return [type, 3, 3] + Self.length(content.count + 24) + number + sealed
    }

    private var number: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: sequence >> (56 - 8 * $0)) } }

    private static func length(_ count: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: count >> 8), UInt8(count & 255)] }

    private func encrypt(_ text: [UInt8], nonce: [UInt8], additional: [UInt8]) throws -> [UInt8] {
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: text.count)
        var tag = [UInt8](repeating: 0, count: 16)
        var count: Int32 = 0
        guard EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nil, key, nonce) == 1,
            EVP_EncryptUpdate(context, nil, &count, additional, Int32(additional.count)) == 1,
            EVP_EncryptUpdate(context, &output, &count, text, Int32(text.count)) == 1,
            EVP_EncryptFinal_ex(context, nil, &count) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, &tag) == 1
        else { throw Finding("the forger cannot encrypt") }
        return output + tag
    }

    /// HKDF-Expand-Label (RFC 8446, section 7.1) without a context.
    private static func expand(_ secret: [UInt8], _ label: String, _ count: Int) -> [UInt8] {
        let label = Array("tls13 \(label)".utf8)
        return Array(hmac(secret, length(count) + [UInt8(label.count)] + label + [0, 1]).prefix(count))
    }

    private static func hmac(_ key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &digest, nil)
        return digest
    }
}
