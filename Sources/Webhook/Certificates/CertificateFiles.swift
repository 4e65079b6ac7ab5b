internal import Glibc
package import Logging
internal import NIOOpenSSL
internal import ServiceLifecycle

/// Certificate and key from two files, exchanged when they change. A pair that is bad leaves the old one in use.
package struct CertificateFiles: Service {
    private let certificatePath: String
    private let keyPath: String
    private let files: WatchedFiles
    private let before: [WatchedFiles.Fingerprint?]
    private let certificate: ServingCertificate
    private let readiness: Readiness
    private let logger: Logger

    package init(
        certificatePath: String,
        keyPath: String,
        certificate: ServingCertificate,
        readiness: Readiness,
        logger: Logger
    ) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        files = WatchedFiles(paths: [certificatePath, keyPath])
        before = files.fingerprints
        self.certificate = certificate
        self.readiness = readiness
        self.logger = logger
    }

    /// Reads the pair and puts it in use.
    ///
    /// - Throws: `WebhookError`; then nothing has changed.
    package func load() throws(WebhookError) {
        let chain = try FileReader.read(certificatePath)
        let key = try FileReader.read(keyPath)
        let context: TLSContext
        do {
            context = try TLSContext(server: TLSServerConfiguration(certificateChain: chain, privateKey: key))
        } catch {
            throw .certificate(reason: "\(certificatePath) and \(keyPath): \(error)")
        }
        certificate.exchange(for: context)
        checkValidity()
        logger.info(
            "serving with the certificate",
            metadata: [
                "file": "\(certificatePath)",
                "subject": "\(context.leaf?.subject ?? "")",
                "serial": "\(context.leaf?.serialNumber ?? "")",
                "expires": "\(context.leaf?.expiration ?? "")",
            ]
        )
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
            readiness.fail(.certificate, "the certificate in \(certificatePath) has expired at \(leaf.expiration)")
        } else if now < leaf.notBefore {
            readiness.fail(.certificate, "the certificate in \(certificatePath) is not valid yet")
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
