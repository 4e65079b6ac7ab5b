package import NIOOpenSSL
internal import ServiceSupport

/// The TLS settings that do not depend on where the serving certificate comes from.
package struct TLSParameters: Sendable {
    /// The file with the CA of client certificates; nil if clients are not asked for one.
    package var clientCAPath: String?
    package var minimumVersion: TLSVersion?
    package var cipherSuites = TLSCipherSuites()

    package init() {}

    /// - Throws: `ServingCertificateError.file` if the CA of client certificates cannot be read.
    func serverConfiguration(certificateChain: [UInt8], privateKey: [UInt8]) throws(ServingCertificateError)
        -> TLSServerConfiguration
    {
        var tls = TLSServerConfiguration(certificateChain: certificateChain, privateKey: privateKey)
        tls.minimumVersion = minimumVersion
        tls.cipherSuites = cipherSuites
        if let path = clientCAPath {
            tls.clientCertificates = .optional(trustRoots: try Self.read(path))
        }
        return tls
    }

    static func read(_ path: String) throws(ServingCertificateError) -> [UInt8] {
        do { return try FileReader.read(path) } catch { throw .file(error) }
    }
}
