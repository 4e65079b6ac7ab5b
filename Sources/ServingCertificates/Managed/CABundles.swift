internal import JSON
internal import KubernetesObjects
internal import NIOOpenSSL

/// The CA bundles of the webhooks in a MutatingWebhookConfiguration that call our Service.
struct CABundles: Sendable {
    struct Webhook: Sendable, Equatable {
        /// Unique within the configuration.
        let name: String
        /// The certificates in its `caBundle`: none if the bundle is empty, nil if it cannot be read.
        let certificates: [Certificate]?
    }

    /// The maximum number of different bundles that are read. A configuration that this program manages has one, or
    /// briefly two.
    static let maximumBundles = 8

    /// The resource version of the configuration; nil if there is no such configuration.
    var resourceVersion: String?
    var webhooks: [Webhook] = []

    init() {}

    init(_ configuration: MutatingWebhookConfiguration, service: NamespacedName) {
        resourceVersion = configuration.resourceVersion
        // Keyed by the text of the bundle, so that a bundle that several webhooks share is read once.
        var read: [String: [Certificate]?] = ["": []]
        for webhook in configuration.webhooks {
            guard case .service(service, _, _) = webhook.target else { continue }
            let bundle = webhook.caBundle
            if !read.keys.contains(bundle), read.count <= Self.maximumBundles {
                read.updateValue(CertificateList(base64: bundle)?.certificates, forKey: bundle)
            }
            webhooks.append(Webhook(name: webhook.name, certificates: read[bundle] ?? nil))
        }
    }

    /// What the state machine needs to know.
    var state: ManagedCertificatesStateMachine.Registration {
        ManagedCertificatesStateMachine.Registration(
            bundles: webhooks.map { $0.certificates.map { Set($0.map(\.fingerprint)) } },
            authorities: ownAuthorities.map { .init(authority: $0) }
        )
    }

    /// The CAs that this program created and that any of the bundles contains.
    var ownAuthorities: [Certificate] {
        var seen: Set<Certificate> = []
        return webhooks.flatMap { $0.certificates ?? [] }.filter { certificate in
            certificate.isAuthority && certificate.info.subject.hasPrefix("CN=\(ManagedCertificates.authorityName) ")
                && seen.insert(certificate).inserted
        }
    }

    /// A strategic merge patch that replaces every bundle. It identifies webhooks by name, and is rejected with 409 if
    /// the configuration has changed in the meantime. (A JSON patch whose `test` fails is rejected with 422, which is
    /// also the response to an invalid object.)
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
