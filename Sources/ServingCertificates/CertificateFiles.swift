internal import Glibc
package import Logging
internal import NIOOpenSSL
internal import ServiceLifecycle
package import ServiceSupport

/// Serves with a certificate and key from two files, which are read again when they change. If the new pair is
/// unusable, the previous certificate stays in use.
package struct CertificateFiles: Service {
    package struct Configuration: Sendable {
        package var certificatePath: String
        package var keyPath: String
        package var tls: TLSParameters

        package init(certificatePath: String, keyPath: String, tls: TLSParameters = TLSParameters()) {
            self.certificatePath = certificatePath
            self.keyPath = keyPath
            self.tls = tls
        }
    }

    private let configuration: Configuration
    private let files: WatchedFiles
    private let initialFingerprints: [FileFingerprint?]
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
                + [configuration.tls.clientCAPath].compactMap { $0 }
        )
        initialFingerprints = files.fingerprints
        self.certificate = certificate
        self.readiness = readiness
        readiness.failUntilCertificateIsLoaded()
        self.logger = logger
    }

    /// Reads the files, and puts the certificate into use.
    ///
    /// - Throws: `ServingCertificateError`, in which case nothing has changed.
    package func load() throws(ServingCertificateError) {
        let context: TLSContext
        let tls = try configuration.tls.serverConfiguration(
            certificateChain: try TLSParameters.read(configuration.certificatePath),
            privateKey: try TLSParameters.read(configuration.keyPath)
        )
        do {
            context = try TLSContext(server: tls)
        } catch {
            throw .unusable(reason: "\(files.paths.joined(separator: ", ")): \(error)")
        }
        certificate.exchange(for: context)
        checkValidity()
        logger.info(
            "a new serving certificate is in use",
            metadata: [
                "file": "\(configuration.certificatePath)",
                "subject": "\(context.leaf?.subject ?? "")",
                "serial": "\(context.leaf?.serialNumber ?? "")",
                "not_after": "\(context.leaf?.expiration ?? "")",
            ]
        )
    }

    package func run() async throws {
        await files.watch(since: initialFingerprints, tick: checkValidity) {
            do throws(ServingCertificateError) {
                try load()
                return true
            } catch {
                logger.warning(
                    "the serving certificate could not be reloaded; the previous one stays in use",
                    metadata: ["error": "\(error)"]
                )
                return false
            }
        }
    }

    /// With an expired certificate, the webhook is not ready, because every client rejects it.
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
