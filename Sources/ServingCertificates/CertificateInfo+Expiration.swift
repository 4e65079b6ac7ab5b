internal import KubernetesObjects
internal import NIOOpenSSL

extension CertificateInfo {
    /// The end of its validity, in the form of RFC 3339.
    var expiration: String { Timestamp(seconds: notAfter).text }
}
