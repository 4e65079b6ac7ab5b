internal import FoundationEssentials
internal import JSON
internal import NIOCore
internal import NIOOpenSSL

/// The Secret of the webhook's own certificates: of the type `kubernetes.io/tls`, and with the CA beside.
struct CertificateSecret: Sendable {
    enum Key {
        /// The serving certificate and its key.
        static let certificate = "tls.crt"
        static let privateKey = "tls.key"
        /// The CAs that callers have to trust, the newest first.
        static let authorities = "ca.crt"
        /// The key of the newest CA. The keys of older ones are not kept.
        static let authorityKey = "ca.key"
    }

    /// Nil for one that is not in the API server yet.
    var resourceVersion: String?
    /// The newest first.
    var authorities: [Certificate] = []
    /// Of the first of `authorities`, if it is the right one.
    var authorityKey: [UInt8]?
    /// With the CA among `authorities` that signed it.
    var serving: (identity: CertificateAuthority.Identity, issuer: Certificate)?

    init() {}

    /// Takes of an object what can be used.
    ///
    /// - Parameter dnsNames: What the serving certificate must be for.
    init(parsing body: ByteBuffer, dnsNames: [String]) throws {
        self = try body.withUnsafeReadableBytes { bytes in
            try JSONParser().parse(bytes) { CertificateSecret($0, dnsNames: dnsNames) }
        }
    }

    private init(_ object: JSONValue, dnsNames: [String]) {
        func data(_ key: String) -> [UInt8] {
            let text = object["data"]?.member(key)?.string ?? ""
            return Data(base64Encoded: text).map { Array($0) } ?? []
        }
        resourceVersion = object["metadata"]?["resourceVersion"]?.string ?? ""
        authorities = ((try? Certificate.parse(data(Key.authorities))) ?? []).filter(\.isAuthority)
        let authorityKey = data(Key.authorityKey)
        if let first = authorities.first, first.belongs(to: authorityKey) { self.authorityKey = authorityKey }
        let privateKey = data(Key.privateKey)
        guard let certificate = try? Certificate.parse(data(Key.certificate)).first,
            certificate.isForServers, certificate.belongs(to: privateKey),
            dnsNames.allSatisfy(certificate.info.dnsNames.contains),
            let issuer = authorities.first(where: certificate.isIssued)
        else { return }
        serving = (CertificateAuthority.Identity(certificate: certificate, privateKey: privateKey), issuer)
    }

    /// What decisions are made by.
    var state: OwnCertificatesStateMachine.Secret {
        OwnCertificatesStateMachine.Secret(
            authorities: authorities.map(\.asAuthority),
            canSign: authorityKey != nil,
            serving: serving.map { $0.identity.certificate.asLeaf(of: $0.issuer) }
        )
    }

    /// The text of every bundle.
    var bundle: [UInt8] { authorities.flatMap(\.pem) }

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
            if resourceVersion == nil { secret.member("type", "kubernetes.io/tls") }
            secret.key("data")
            secret.object { data in
                for (key, value) in [
                    (Key.certificate, serving?.identity.certificate.pem),
                    (Key.privateKey, serving?.identity.privateKey),
                    (Key.authorities, bundle), (Key.authorityKey, authorityKey),
                ] {
                    data.key(escaping: key)
                    data.base64(value ?? [])
                }
            }
        }
        return writer.bytes
    }
}

extension Certificate {
    /// A CA, as decisions see it.
    var asAuthority: OwnCertificatesStateMachine.Certificate { asLeaf(of: self) }

    func asLeaf(of issuer: Certificate) -> OwnCertificatesStateMachine.Certificate {
        OwnCertificatesStateMachine.Certificate(
            id: fingerprint,
            issuer: issuer.fingerprint,
            notBefore: info.notBefore,
            notAfter: info.notAfter
        )
    }
}
