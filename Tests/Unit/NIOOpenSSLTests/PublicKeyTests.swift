import TestNetwork
import TestSupport
import Testing

@testable import NIOOpenSSL

@Suite("Public keys", .timeLimit(.minutes(5)))
struct PublicKeyTests {
    private func parse(_ texts: String...) throws -> [PublicKey] {
        try PublicKey.parse(Array(texts.joined(separator: "\ntext between\n").utf8))
    }

    @Test func `RSA keys have their modulus and exponent, in both PEM formats`() throws {
        let keys = try parse(KeyFixtures.rsa, KeyFixtures.rsaPKCS1)
        #expect(keys.count == 2 && keys[0] == keys[1])
        guard case .rsa(let modulus, let exponent) = keys[0].kind else {
            Issue.record("\(keys[0].kind)")
            return
        }
        #expect(keys[0].bits == 2048 && modulus.count == 256 && exponent == [1, 0, 1])
        #expect(modulus.starts(with: [0xbb, 0xd8, 0x49]) && modulus.last == 0x17)
    }

    @Test func `EC keys have both coordinates at full length, even if the point was compressed`() throws {
        let keys = try parse(KeyFixtures.curve, KeyFixtures.compressed)
        #expect(keys.count == 2 && keys[0] == keys[1])
        guard case .ec("prime256v1", let x, let y) = keys[0].kind else {
            Issue.record("\(keys[0].kind)")
            return
        }
        #expect(x.count == 32 && y.count == 32 && x.starts(with: [0x00, 0x4c, 0x55]) && y.starts(with: [0x91, 0x68]))
        #expect(keys[0].der.count == 91 && Array(keys[0].der.suffix(64)) == x + y)
    }

    @Test func `Keys of other types and curves are identified by name`() throws {
        let keys = try parse(KeyFixtures.ed25519, KeyFixtures.p384)
        #expect(keys[0].kind == .other("ED25519"))
        guard case .ec("secp384r1", let x, _) = keys[1].kind else {
            Issue.record("\(keys[1].kind)")
            return
        }
        #expect(x.count == 48)
    }

    @Test func `A certificate yields its public key`() throws {
        let identity = try TestCertificates().issue(keyType: .rsa2048)
        let key = try PublicKey.parse(identity.certificate)
        #expect(key.count == 1 && key[0].bits == 2048)
    }

    @Test func `Private keys and input without a key are rejected`() throws {
        let identity = try TestCertificates().issue()
        #expect(throws: TLSError.privateKeyInPublicPEM) { try PublicKey.parse(identity.certificate + identity.key) }
        #expect(throws: TLSError.missingPEM(.publicKeys, expected: "PUBLIC KEY")) { try PublicKey.parse([]) }
        #expect(throws: TLSError.missingPEM(.publicKeys, expected: "PUBLIC KEY")) {
            try parse("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n")
        }
    }

    /// Each of them may cause an error, but no crash.
    @Test func `Corrupted or truncated keys are parsed or rejected without a crash`() throws {
        let text = Array(KeyFixtures.curve.utf8)
        for index in text.indices {
            _ = try? PublicKey.parse(Array(text[..<index]))
            var changed = text
            changed[index] ^= 1
            _ = try? PublicKey.parse(changed)
        }
        #expect(throws: TLSError.self) { try PublicKey.parse(Array(text[..<80])) }
    }

    @Test func `SHA-256 digests match the examples for FIPS 180-4`() throws {
        let digest = try Digest.sha256(Array("abc".utf8))
        #expect(digest.count == 32 && digest.starts(with: [0xba, 0x78, 0x16, 0xbf]) && digest.last == 0xad)
        #expect(try Digest.sha256([]).starts(with: [0xe3, 0xb0, 0xc4, 0x42]))
    }
}
