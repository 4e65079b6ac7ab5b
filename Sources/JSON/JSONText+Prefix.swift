internal import Glibc

extension JSONText {
    /// - Parameter prefix: A text in UTF-8.
    package func hasPrefix(_ prefix: [UInt8]) -> Bool {
        guard utf8.count >= prefix.count, let start = utf8.baseAddress else { return prefix.isEmpty }
        return prefix.withUnsafeBytes { bytes in
            guard let first = bytes.first, let other = bytes.baseAddress else { return true }
            return utf8[0] == first && memcmp(start, other, bytes.count) == 0
        }
    }

    /// - Parameter bytes: A text in UTF-8.
    package func equals(_ bytes: [UInt8]) -> Bool { utf8.count == bytes.count && hasPrefix(bytes) }

    package func contains(_ byte: UInt8) -> Bool { memchr(start, Int32(byte), count) != nil }
}
