internal import ArgumentParser
internal import Logging
internal import NIOOpenSSL
internal import Webhook

/// The serving certificate, and how TLS is spoken with it.
struct TLSOptions: ParsableArguments {
    @Option(help: "The certificate, and what else belongs to its chain: PEM, read again when it changes.")
    var tlsCert = "/etc/webhook/certs/tls.crt"

    @Option(help: "The certificate's private key: PEM, read again when it changes.")
    var tlsKey = "/etc/webhook/certs/tls.key"

    @Option(help: "The lowest version of TLS, 1.2 if not given; never lower than the system's OpenSSL allows.")
    var tlsMinVersion = ""

    @Option(help: "Cipher suites by their IANA names, separated by commas; OpenSSL's defaults if not given.")
    var tlsCipherSuites = ""

    @Option(help: "A CA, PEM: only callers with a certificate of it are answered on /mutate.")
    var clientCaFile = ""

    @Option(help: "Whether the webhook makes its own certificate; this version cannot.")
    var inCluster = false

    @Option(help: "The name of the Service that the API server calls.")
    var serviceName = "pod-identity-webhook"

    @Option(help: "The Secret of the webhook's own certificate.")
    var tlsSecret = "pod-identity-webhook"

    /// Names of cipher suites that this OpenSSL is without get a warning.
    func certificateFiles(logger: Logger) throws -> CertificateFiles.Configuration {
        var configuration = CertificateFiles.Configuration(certificatePath: tlsCert, keyPath: tlsKey)
        configuration.clientCAPath = clientCaFile.isEmpty ? nil : clientCaFile
        configuration.minimumVersion = minimumVersion
        guard let selection = try cipherSuites else { return configuration }
        for name in selection.missing {
            logger.warning("OpenSSL is built without this cipher suite", metadata: ["suite": "\(name)"])
        }
        configuration.cipherSuites = selection.suites
        // Suites of TLS 1.3 alone leave none for the versions before.
        if selection.suites.tls12 == nil { configuration.minimumVersion = .v1_3 }
        return configuration
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
        guard !inCluster else {
            throw ValidationError(
                "--in-cluster=true is not available: give --in-cluster=false, --tls-cert and --tls-key"
            )
        }
        guard tlsMinVersion.isEmpty || minimumVersion != nil else {
            throw ValidationError("--tls-min-version must be 1.0, 1.1, 1.2 or 1.3, not \"\(tlsMinVersion)\"")
        }
        _ = try cipherSuites
    }
}
