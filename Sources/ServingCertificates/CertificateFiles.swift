internal import Glibc
package import Logging
internal import NIOOpenSSL
internal import ServiceLifecycle
package import ServiceSupport

/// Certificate and key from two files, exchanged when they change. A pair that is bad leaves the old one in use.
package struct CertificateFiles: Service {
    /// What is read, and how it is used.
    package struct Configuration: Sendable {
        package var certificatePath: String
        package var keyPath: String
        package var parameters: ServingParameters

        package init(certificatePath: String, keyPath: String, parameters: ServingParameters = ServingParameters()) {
            self.certificatePath = certificatePath
            self.keyPath = keyPath
            self.parameters = parameters
        }
    }

    private let configuration: Configuration
    private let files: WatchedFiles
    private let before: [FileFingerprint?]
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
                + [configuration.parameters.clientCAPath].compactMap { $0 }
        )
        before = files.fingerprints
        self.certificate = certificate
        self.readiness = readiness
        readiness.failUntilCertificateIsLoaded()
        self.logger = logger
    }

    /// Reads the pair and puts it in use.
    ///
    /// - Throws: `ServingCertificateError`; then nothing has changed.
    package func load() throws(ServingCertificateError) {
        let context: TLSContext
        let tls = try configuration.parameters.configuration(
            certificateChain: try ServingParameters.read(configuration.certificatePath),
            privateKey: try ServingParameters.read(configuration.keyPath)
        )
        do {
            context = try TLSContext(server: tls)
        } catch {
            throw .unusable(reason: "\(files.paths.joined(separator: ", ")): \(error)")
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

    package func run() async throws {
        await files.watch(since: before, tick: checkValidity) {
            do throws(ServingCertificateError) {
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
