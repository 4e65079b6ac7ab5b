internal import Glibc
package import Logging
package import NIOOpenSSL
internal import ServiceLifecycle

/// Certificate and key from two files, exchanged when they change. A pair that is bad leaves the old one in use.
package struct CertificateFiles: Service {
    /// What is read, and how it is used.
    package struct Configuration: Sendable {
        package var certificatePath: String
        package var keyPath: String
        /// Of the certificates that callers may show; nil to ask for none.
        package var clientCAPath: String?
        package var minimumVersion: TLSVersion?
        package var cipherSuites = TLSCipherSuites()

        package init(certificatePath: String, keyPath: String) {
            self.certificatePath = certificatePath
            self.keyPath = keyPath
        }
    }

    private let configuration: Configuration
    private let files: WatchedFiles
    private let before: [WatchedFiles.Fingerprint?]
    private let certificate: ServingCertificate
    private let readiness: Readiness
    private let logger: Logger

    package init(
        _ configuration: Configuration,
        certificate: ServingCertificate,
        readiness: Readiness,
        logger: Logger
    ) {
        self.configuration = configuration
        files = WatchedFiles(
            paths: [configuration.certificatePath, configuration.keyPath]
                + [configuration.clientCAPath].compactMap { $0 }
        )
        before = files.fingerprints
        self.certificate = certificate
        self.readiness = readiness
        self.logger = logger
    }

    /// Reads the pair and puts it in use.
    ///
    /// - Throws: `WebhookError`; then nothing has changed.
    package func load() throws(WebhookError) {
        let context: TLSContext
        let tls = try readConfiguration()
        do {
            context = try TLSContext(server: tls)
        } catch {
            throw .certificate(reason: "\(files.paths.joined(separator: ", ")): \(error)")
        }
        certificate.exchange(for: context)
        checkValidity()
        logger.info(
            "serving with the certificate",
            metadata: [
                "file": "\(configuration.certificatePath)",
                "subject": "\(context.leaf?.subject ?? "")",
                "serial": "\(context.leaf?.serialNumber ?? "")",
                "expires": "\(context.leaf?.expiration ?? "")",
            ]
        )
    }

    private func readConfiguration() throws(WebhookError) -> TLSServerConfiguration {
        var tls = TLSServerConfiguration(
            certificateChain: try FileReader.read(configuration.certificatePath),
            privateKey: try FileReader.read(configuration.keyPath)
        )
        tls.minimumVersion = configuration.minimumVersion
        tls.cipherSuites = configuration.cipherSuites
        if let path = configuration.clientCAPath {
            tls.clientCertificates = .optional(trustRoots: try FileReader.read(path))
        }
        return tls
    }

    package func run() async throws {
        await files.watch(since: before, tick: checkValidity) {
            do throws(WebhookError) {
                try load()
                return true
            } catch {
                logger.error("the certificate stays the old one", metadata: ["error": "\(error)"])
                return false
            }
        }
    }

    /// An expired certificate is none: every caller refuses it.
    private func checkValidity() {
        guard let leaf = certificate.context?.leaf else { return }
        let now = Int64(time(nil))
        if now > leaf.notAfter {
            readiness.fail(
                .certificate,
                "the certificate in \(configuration.certificatePath) has expired at \(leaf.expiration)"
            )
        } else if now < leaf.notBefore {
            readiness.fail(.certificate, "the certificate in \(configuration.certificatePath) is not valid yet")
        } else {
            readiness.pass(.certificate)
        }
    }
}

extension CertificateInfo {
    /// The end of its validity, in the form of RFC 3339.
    fileprivate var expiration: String {
        var seconds = time_t(notAfter)
        var parts = tm()
        var text = [CChar](repeating: 0, count: 32)
        guard gmtime_r(&seconds, &parts) != nil, strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0 else {
            return ""
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
