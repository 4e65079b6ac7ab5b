internal import KubernetesObjects
internal import NIOOpenSSL

extension CertificateInfo {
    /// `notAfter` in RFC 3339 format.
    var expiration: String { Timestamp(seconds: notAfter).text }
}
