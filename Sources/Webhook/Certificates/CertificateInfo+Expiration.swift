internal import Glibc
internal import NIOOpenSSL

extension CertificateInfo {
    /// The end of its validity, in the form of RFC 3339.
    var expiration: String {
        var seconds = time_t(notAfter)
        var parts = tm()
        var text = [CChar](repeating: 0, count: 32)
        guard gmtime_r(&seconds, &parts) != nil, strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0 else {
            return ""
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
