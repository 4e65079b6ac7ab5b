internal import FoundationEssentials
internal import JSON
internal import NIOOpenSSL

/// The Secret that all replicas share: the CAs that clients trust, and the keys of those that sign.
///
/// Replicas of earlier versions may run at the same time during a rollout. They use `ca.crt` and `ca.key` as this version
/// does, and share a serving certificate in `tls.crt` and `tls.key`, which this version leaves alone.
struct CertificateSecret: Sendable {
    enum Key {
        /// The CAs that clients must trust, newest first.
        static let authorities = "ca.crt"
        /// The key of the newest CA.
        static let newestKey = "ca.key"
        /// The CA that signs serving certificates: the newest one, once it has settled.
        static let signer = "signing-ca.crt"
        static let signerKey = "signing-ca.key"
    }

    /// In characters of base64; no private key is longer.
    private static let maximumKeySize = 16 * 1024

    /// Nil if the Secret does not exist in the API server yet.
    var resourceVersion: String?
    /// Whether the Secret is marked `immutable`, so that it can only be deleted.
    var isImmutable = false
    /// Newest first.
    var authorities: [Certificate] = []
    /// The private key of the first of `authorities`; nil if it is missing or belongs to another certificate.
    var newestKey: [UInt8]?
    /// The CA that signs serving certificates, which is one of `authorities`.
    var signer: CertificateAuthority.Identity?

    init() {}

    /// Reads the usable parts of the object.
    init(_ object: JSONValue) {
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

    /// What the state machine needs to know.
    var state: ManagedCertificatesStateMachine.Secret {
        ManagedCertificatesStateMachine.Secret(
            authorities: authorities.map { .init(authority: $0) },
            hasNewestKey: newestKey != nil,
            signer: (signer?.certificate).map { .init(authority: $0) }
        )
    }

    /// The body of a request to create the Secret or, if there is a `resourceVersion`, a merge patch (RFC 7396) that is
    /// rejected if the Secret has changed in the meantime.
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
            // The type of an existing Secret cannot be changed.
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

extension ManagedCertificatesStateMachine.Certificate {
    init(authority: Certificate) { self.init(authority, issuer: authority.fingerprint) }

    /// - Parameter issuer: The fingerprint of the CA that signed the certificate.
    init(_ certificate: Certificate, issuer: String) {
        self.init(
            id: certificate.fingerprint,
            issuer: issuer,
            notBefore: certificate.info.notBefore,
            notAfter: certificate.info.notAfter
        )
    }
}
