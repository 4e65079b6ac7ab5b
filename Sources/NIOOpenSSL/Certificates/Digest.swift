internal import COpenSSL

/// Digests of OpenSSL.
package enum Digest {
    /// SHA-256 (FIPS 180-4).
    package static func sha256(_ bytes: [UInt8]) throws(TLSError) -> [UInt8] {
        OpenSSLErrorQueue.clear()
        // A digest has at most EVP_MAX_MD_SIZE bytes.
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard EVP_Digest(bytes, bytes.count, &digest, &count, EVP_sha256(), nil) == 1 else {
            throw .failed("EVP_Digest", "refused")
        }
        return Array(digest.prefix(Int(count)))
    }
}
