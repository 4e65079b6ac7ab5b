internal import NIOOpenSSL

/// The place of something in a configuration, for error messages.
struct ConfigurationField {
    /// A file, or another source.
    let source: String
    /// The path in the file; nil for all of it.
    let field: String?

    func error(_ reason: String) -> KubernetesError { .configuration(source: source, field: field, reason: reason) }
}

/// The fields of a kubeconfig that the parts of a TLS configuration come from.
struct TLSFields {
    var trustRoots: ConfigurationField?
    var certificate: ConfigurationField?
    var key: ConfigurationField?
}

extension TLSContext {
    /// - Parameter source: What the error names if no field is known.
    /// - Throws: `KubernetesError.configuration` with the field that OpenSSL rejects.
    convenience init(
        client configuration: TLSClientConfiguration,
        source: String,
        fields: TLSFields
    ) throws(KubernetesError) {
        do {
            try self.init(client: configuration)
        } catch {
            let field =
                switch error {
                case .unreadablePEM(.trustRoots, _, _), .missingPEM(.trustRoots, _), .unusable(.trustRoots, _):
                    fields.trustRoots
                case .unreadablePEM(.privateKey, _, _), .missingPEM(.privateKey, _), .unusable(.privateKey, _),
                    .encryptedPrivateKey, .keyMismatch, .certificateWithoutKey:
                    fields.key
                default: fields.certificate
                }
            throw (field ?? ConfigurationField(source: source, field: nil)).error("\(error)")
        }
    }
}
