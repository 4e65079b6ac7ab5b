internal import JSON
internal import NIOCore
internal import NIOOpenSSL

/// The webhooks of a MutatingWebhookConfiguration that call our Service.
struct WebhookRegistration: Sendable {
    struct Webhook: Sendable, Equatable {
        /// Tells it from the others of the configuration.
        let name: String
        /// Nil for a bundle that cannot be read; none for one that is empty.
        let authorities: [Certificate]?
    }

    /// Different bundles that are read; a registration that this program looks after has one, or two for a moment.
    static let maximumBundles = 8

    /// Nil if there is no such configuration.
    var resourceVersion: String?
    var webhooks: [Webhook] = []

    init() {}

    init(parsing body: ByteBuffer, service: String, namespace: String) throws {
        self = try body.withUnsafeReadableBytes { bytes in
            try JSONParser().parse(bytes) { WebhookRegistration($0, service: service, namespace: namespace) }
        }
    }

    private init(_ object: JSONValue, service: String, namespace: String) {
        resourceVersion = object["metadata"]?["resourceVersion"]?.string ?? ""
        guard let list = object["webhooks"] else { return }
        // By the text of the bundle, so that one that many have is read once.
        var read: [String: [Certificate]?] = ["": []]
        for webhook in list.elements {
            guard let client = webhook["clientConfig"], let target = client["service"],
                target["name"]?.string == service, target["namespace"]?.string == namespace
            else { continue }
            let bundle = client["caBundle"]?.string ?? ""
            if !read.keys.contains(bundle), read.count <= Self.maximumBundles {
                read.updateValue(CertificateList(base64: bundle)?.certificates, forKey: bundle)
            }
            webhooks.append(Webhook(name: webhook["name"]?.string ?? "", authorities: read[bundle] ?? nil))
        }
    }

    /// What decisions are made by.
    var state: OwnCertificatesStateMachine.Registration {
        OwnCertificatesStateMachine.Registration(
            bundles: webhooks.map { $0.authorities.map { Set($0.map(\.fingerprint)) } },
            authorities: ownAuthorities.map(\.asAuthority)
        )
    }

    /// The CAs of this program that any of the bundles holds.
    var ownAuthorities: [Certificate] {
        var seen: Set<Certificate> = []
        return webhooks.flatMap { $0.authorities ?? [] }.filter { certificate in
            certificate.isAuthority && certificate.info.subject.hasPrefix("CN=\(OwnCertificates.authorityName) ")
                && seen.insert(certificate).inserted
        }
    }

    /// A strategic merge patch that writes every bundle. It finds webhooks by their names, and is refused with 409 if the
    /// configuration has another version by now: a JSON patch whose `test` fails is refused with 422, as an object is that
    /// is not valid.
    func patch(_ bundle: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 4096)
        writer.object { configuration in
            configuration.key("metadata")
            configuration.object { $0.member("resourceVersion", resourceVersion ?? "") }
            configuration.key("webhooks")
            configuration.array { list in
                for webhook in webhooks {
                    list.object { entry in
                        entry.member("name", webhook.name)
                        entry.key("clientConfig")
                        entry.object { client in
                            client.key("caBundle")
                            client.base64(bundle)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }
}
