package import JSON
package import NIOOpenSSL

/// A public key of an issuer (RFC 7517).
package struct JSONWebKey: Equatable, Sendable {
    /// The key itself, regardless of what its document says about it. Numbers are big-endian, without leading zeros.
    package enum Material: Hashable, Sendable {
        case rsa(modulus: [UInt8], exponent: [UInt8])
        case ec(curve: String, x: [UInt8], y: [UInt8])
        /// Another type, or an incomplete key, with a name for it.
        case other(String)
    }

    /// `kid`, which the header of a token names; empty if there is none.
    package let id: String
    package let material: Material

    /// The longest `kid`, in bytes. That of the API server has 43.
    package static let longestID = 256
    /// The number of bytes of each coordinate of P-256.
    private static let fieldSize = 32
    /// The minimum number of bits of an RSA key that is not weak (NIST SP 800-131A).
    private static let leastBits = 2048

    /// Represents a key as kube-apiserver does. The `kid` is the SHA-256 of the SubjectPublicKeyInfo.
    ///
    /// - Throws: `IssuerError.key` for a key with which neither RS256 nor ES256 can be verified.
    package init(_ key: PublicKey) throws(IssuerError) {
        switch key.kind {
        case .rsa(let modulus, let exponent):
            material = .rsa(modulus: modulus.trimmed, exponent: exponent.trimmed)
        case .ec(let curve, let x, let y) where ["prime256v1", "P-256"].contains(curve):
            material = .ec(curve: "P-256", x: x.trimmed, y: y.trimmed)
        case .ec(let curve, _, _):
            let reason = "a key on the curve \(curve) is not supported: use P-256 (ES256), or RSA (RS256)"
            throw .key(reason: reason)
        case .other(let name):
            let reason =
                "a key of the type \(name) is not supported: kube-apiserver signs with RSA (RS256) or P-256 (ES256)"
            throw .key(reason: reason)
        }
        do {
            id = Base64URL.encode(try Digest.sha256(key.der))
        } catch {
            throw .key(reason: "\(error)")
        }
    }

    /// Reads a key in a document. An unusable key has another type.
    package init(_ value: JSONValue) {
        func number(_ member: String) -> [UInt8]? {
            value.member(member)?.text.flatMap { Base64URL.decode($0.utf8) }?.trimmed
        }
        let name = value["kid"]?.text
        let isTooLong = name.map { $0.utf8.count > Self.longestID } ?? false
        // A truncated name would be a different name.
        id = isTooLong ? "" : name?.string ?? ""
        let type = value["kty"]?.text?.string(cutTo: 32) ?? ""
        let curve = value["crv"]?.text?.string(cutTo: 32) ?? ""
        if isTooLong {
            material = .other("\(type) with a kid of more than \(Self.longestID) bytes")
        } else if type == "RSA", let modulus = number("n"), let exponent = number("e"), !modulus.isEmpty,
            !exponent.isEmpty
        {
            material = .rsa(modulus: modulus, exponent: exponent)
        } else if type == "EC", let x = number("x"), let y = number("y") {
            material = .ec(curve: curve, x: x, y: y)
        } else {
            material = .other(type)
        }
    }

    /// `alg`, the algorithm of signatures (RFC 7518, 3.1); nil for one that is not supported.
    package var algorithm: String? {
        switch material {
        case .rsa: "RS256"
        case .ec("P-256", let x, let y) where x.count <= Self.fieldSize && y.count <= Self.fieldSize: "ES256"
        case .ec, .other: nil
        }
    }

    /// The weakness of the key; nil if it has none.
    package var weakness: String? {
        guard case .rsa(let modulus, _) = material, let first = modulus.first else { return nil }
        let bits = modulus.count * 8 - first.leadingZeroBitCount
        return bits < Self.leastBits
            ? "the RSA key \(id) has \(bits) bits, and should have \(Self.leastBits) or more" : nil
    }

    /// Writes the key with the same members, in the same order, as kube-apiserver; writes nothing for one that is not
    /// supported.
    func write(to list: inout JSONWriter) {
        guard let algorithm else { return }
        list.object { key in
            key.member("use", "sig")
            switch material {
            case .rsa(let modulus, let exponent):
                key.member("kty", "RSA")
                key.member("kid", id)
                key.member("alg", algorithm)
                key.member("n", Base64URL.encode(modulus))
                key.member("e", Base64URL.encode(exponent))
            case .ec(let curve, let x, let y):
                key.member("kty", "EC")
                key.member("kid", id)
                key.member("crv", curve)
                key.member("alg", algorithm)
                key.member("x", Base64URL.encode(x.padded(to: Self.fieldSize)))
                key.member("y", Base64URL.encode(y.padded(to: Self.fieldSize)))
            case .other: break
            }
        }
    }
}

extension [UInt8] {
    /// A number without its leading zeros.
    fileprivate var trimmed: [UInt8] { Array(drop { $0 == 0 }) }

    fileprivate func padded(to size: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: Swift.max(0, size - count)) + self
    }
}
