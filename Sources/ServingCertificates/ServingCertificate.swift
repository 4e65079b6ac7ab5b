internal import KubernetesObjects
package import NIOOpenSSL
package import ServiceSupport
internal import Synchronization

/// The certificate for new connections. It can be replaced at any time; established connections keep theirs.
package final class ServingCertificate: Sendable {
    private let current = Mutex<TLSContext?>(nil)

    package init() {}

    /// Nil until the first certificate has been loaded.
    package var context: TLSContext? { current.withLock { $0 } }

    package func exchange(for context: TLSContext) { current.withLock { $0 = context } }
}

extension Readiness.Check {
    package static let certificate = Readiness.Check("certificate")
}

extension Readiness {
    func failUntilCertificateIsLoaded() { fail(.certificate, "no certificate has been loaded yet") }
}

extension CertificateInfo {
    /// The end of its validity, in the form of RFC 3339.
    var expiration: String { Timestamp(seconds: notAfter).text }
}
