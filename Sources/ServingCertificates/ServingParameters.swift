package import NIOOpenSSL
internal import ServiceSupport

/// How TLS is spoken with the serving certificate, wherever that comes from.
package struct ServingParameters: Sendable {
    /// Of the certificates that callers may show; nil to ask for none.
    package var clientCAPath: String?
    package var minimumVersion: TLSVersion?
    package var cipherSuites = TLSCipherSuites()

    package init() {}

    /// - Throws: `ServingCertificateError.file` if the CA of callers cannot be read.
    func configuration(certificateChain: [UInt8], privateKey: [UInt8]) throws(ServingCertificateError)
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
