internal import FoundationEssentials
internal import JSON
internal import NIOCore
internal import NIOOpenSSL

/// The Secret that replicas share: the CAs that callers trust, and the keys of those that sign.
///
/// Replicas of other versions may run beside this one during a rollout. Earlier ones read and write `ca.crt` and `ca.key` as
/// this one does, and share a serving certificate in `tls.crt` and `tls.key`, which is left as it is here.
struct CertificateSecret: Sendable {
    enum Key {
        /// The CAs that callers have to trust, the newest first.
        static let authorities = "ca.crt"
        /// The key of the newest CA.
        static let newestKey = "ca.key"
        /// The CA that signs serving certificates, and its key: the newest one as soon as it has settled.
        static let signer = "signing-ca.crt"
        static let signerKey = "signing-ca.key"
    }

    /// More base64 is no private key.
    private static let maximumKeySize = 16 * 1024

    /// Nil for one that is not in the API server yet.
    var resourceVersion: String?
    /// Whether it was marked `immutable`, so that it can be deleted only.
    var isImmutable = false
    /// The newest first.
    var authorities: [Certificate] = []
    /// Of the first of `authorities`, if it is the right one.
    var newestKey: [UInt8]?
    /// One of `authorities`.
    var signer: CertificateAuthority.Identity?

    init() {}

    /// Takes of an object what can be used.
    init(parsing body: ByteBuffer) throws {
        self = try body.withUnsafeReadableBytes { bytes in
            try JSONParser().parse(bytes) { CertificateSecret($0) }
        }
    }

    private init(_ object: JSONValue) {
        let data = object["data"]
        func certificates(_ key: String) -> [Certificate] {
            let list = CertificateList(base64: data?.member(key)?.string ?? "")
            return list?.certificates.filter(\.isAuthority) ?? []
        }
        func privateKey(_ key: String, of certificate: Certificate?) -> [UInt8]? {
            guard let certificate, let text = data?.member(key)?.string, text.utf8.count <= Self.maximumKeySize,
                let bytes = Data(base64Encoded: text).map({ Array($0) })
            else { return nil }
            return certificate.belongs(to: bytes) ? bytes : nil
        }
        resourceVersion = object["metadata"]?["resourceVersion"]?.string ?? ""
        isImmutable = object["immutable"]?.bool ?? false
        authorities = certificates(Key.authorities)
        newestKey = privateKey(Key.newestKey, of: authorities.first)
        guard let signer = certificates(Key.signer).first, authorities.contains(signer),
            let key = privateKey(Key.signerKey, of: signer)
        else { return }
        self.signer = CertificateAuthority.Identity(certificate: signer, privateKey: key)
    }

    /// What decisions are made by.
    var state: OwnCertificatesStateMachine.Secret {
        OwnCertificatesStateMachine.Secret(
            authorities: authorities.map(\.asAuthority),
            hasNewestKey: newestKey != nil,
            signer: signer?.certificate.asAuthority
        )
    }

    /// As JSON, to create it or, where it has a resource version, as a merge patch (RFC 7396) that is refused if the
    /// Secret has another version by now.
    func json(namespace: String, name: String) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 8192)
        writer.object { secret in
            secret.member("apiVersion", "v1")
            secret.member("kind", "Secret")
            secret.key("metadata")
            secret.object { metadata in
                metadata.member("namespace", namespace)
                metadata.member("name", name)
                if let resourceVersion { metadata.member("resourceVersion", resourceVersion) }
            }
            // The type of a Secret that is there cannot be changed.
            if resourceVersion == nil { secret.member("type", "Opaque") }
            secret.key("data")
            secret.object { data in
                for (key, value) in [
                    (Key.authorities, authorities.flatMap(\.pem)), (Key.newestKey, newestKey),
                    (Key.signer, signer?.certificate.pem), (Key.signerKey, signer?.privateKey),
                ] {
                    if let value {
                        data.key(escaping: key)
                        data.base64(value)
                    } else if resourceVersion != nil {
                        data.key(escaping: key)
                        data.null()
                    }
                }
            }
        }
        return writer.bytes
    }
}

extension Certificate {
    /// A CA, as decisions see it.
    var asAuthority: OwnCertificatesStateMachine.Certificate { asLeaf(of: fingerprint) }

    /// - Parameter issuer: The fingerprint of the CA that signed it.
    func asLeaf(of issuer: String) -> OwnCertificatesStateMachine.Certificate {
        OwnCertificatesStateMachine.Certificate(
            id: fingerprint,
            issuer: issuer,
            notBefore: info.notBefore,
            notAfter: info.notAfter
        )
    }
}
