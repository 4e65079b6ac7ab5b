internal import FoundationEssentials
internal import JSON
internal import NIOCore
internal import NIOOpenSSL

/// The webhooks of a MutatingWebhookConfiguration that call our Service.
struct WebhookRegistration: Sendable {
    struct Webhook: Sendable {
        /// Its place in the list `webhooks`.
        let index: Int
        /// Nil for a bundle that cannot be read; none for one that is empty.
        let authorities: [Certificate]?
    }

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
        for (index, webhook) in list.elements.enumerated() {
            guard let client = webhook["clientConfig"], let target = client["service"],
                target["name"]?.string == service, target["namespace"]?.string == namespace
            else { continue }
            webhooks.append(Webhook(index: index, authorities: Self.certificates(client["caBundle"]?.string ?? "")))
        }
    }

    private static func certificates(_ bundle: String) -> [Certificate]? {
        if bundle.isEmpty { return [] }
        return Data(base64Encoded: bundle).flatMap { try? Certificate.parse(Array($0)) }
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
        let all = webhooks.flatMap { $0.authorities ?? [] }
        return all.enumerated().filter { index, certificate in
            certificate.isAuthority && certificate.info.subject.hasPrefix("CN=\(OwnCertificates.authorityName) ")
                && !all[..<index].contains(certificate)
        }.map(\.element)
    }

    /// A JSON patch that writes every bundle, and fails if the configuration has another version by now.
    func patch(_ bundle: [UInt8]) -> [UInt8] {
        var patch = JSONPatch()
        patch.test(JSONPointer("/metadata/resourceVersion")) { $0.string(resourceVersion ?? "") }
        for webhook in webhooks {
            patch.add(
                JSONPointer("/webhooks").appending(index: webhook.index).appending(key: "clientConfig")
                    .appending(key: "caBundle")
            ) { $0.base64(bundle) }
        }
        return patch.bytes
    }
}
