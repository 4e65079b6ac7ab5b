internal import ArgumentParser
internal import Logging
internal import NIOOpenSSL
internal import ServingCertificates

/// The flags for the files of a serving certificate, and for TLS with a certificate from any source.
struct TLSOptions: ParsableArguments {
    private static let defaultCertificate = "/etc/webhook/certs/tls.crt"
    private static let defaultKey = "/etc/webhook/certs/tls.key"

    @Option(help: .path("The certificate chain, PEM, leaf first; read again when it changes."))
    var tlsCert = Self.defaultCertificate

    @Option(help: .path("The certificate's private key, PEM; read again when it changes."))
    var tlsKey = Self.defaultKey

    @Option(
        help: .value(
            "version",
            "The lowest TLS version, 1.0 to 1.3; by default 1.2, and never below what the system's OpenSSL allows."
        )
    )
    var tlsMinVersion = ""

    @Option(
        help: .value(
            "names",
            "Cipher suites by IANA name, comma-separated; by default those with AEAD and forward secrecy."
        )
    )
    var tlsCipherSuites = ""

    @Option(help: .path("A CA, PEM; only clients with a certificate from it may call /mutate."))
    var clientCaFile = ""

    /// Whether a flag specifies a certificate or key other than the default.
    var namesFiles: Bool { tlsCert != Self.defaultCertificate || tlsKey != Self.defaultKey }

    /// The parameters for both sources of the certificate. A warning is logged for each cipher suite that OpenSSL was
    /// built without.
    func tlsParameters(logger: Logger) throws -> TLSParameters {
        var parameters = TLSParameters()
        parameters.clientCAPath = clientCaFile.isEmpty ? nil : clientCaFile
        parameters.minimumVersion = minimumVersion
        guard let selection = try cipherSuites else { return parameters }
        for name in selection.missing {
            logger.warning("OpenSSL is built without this cipher suite", metadata: ["suite": "\(name)"])
        }
        parameters.cipherSuites = selection.suites
        // If all suites are for TLS 1.3, there are none for earlier versions.
        if selection.suites.tls12 == nil { parameters.minimumVersion = .v1_3 }
        return parameters
    }

    private var minimumVersion: TLSVersion? { TLSVersion(name: tlsMinVersion) }

    private var cipherSuites: (suites: TLSCipherSuites, missing: [String])? {
        get throws {
            let names = tlsCipherSuites.split(separator: ",").map { String($0.filter { $0 != " " }) }.filter {
                !$0.isEmpty
            }
            guard !names.isEmpty else { return nil }
            do {
                return try TLSCipherSuites.named(names)
            } catch {
                throw ValidationError("--tls-cipher-suites: \(error)")
            }
        }
    }

    func validate() throws {
        guard tlsMinVersion.isEmpty || minimumVersion != nil else {
            throw ValidationError("--tls-min-version must be 1.0, 1.1, 1.2 or 1.3, not \"\(tlsMinVersion)\"")
        }
        _ = try cipherSuites
    }
}
