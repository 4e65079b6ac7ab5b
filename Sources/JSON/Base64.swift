/// RFC 4648, section 4: the standard alphabet with padding. (Foundation's is kept out of the request path.)
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func encode(_ data: [UInt8], into output: inout [UInt8]) {
        output.reserveCapacity(output.count + (data.count + 2) / 3 * 4)
        alphabet.withUnsafeBufferPointer { digits in
            var index = 0
            while index + 2 < data.count {
                let group = UInt32(data[index]) << 16 | UInt32(data[index + 1]) << 8 | UInt32(data[index + 2])
                output.append(digits[Int(group >> 18)])
                output.append(digits[Int(group >> 12 & 63)])
                output.append(digits[Int(group >> 6 & 63)])
                output.append(digits[Int(group & 63)])
                index += 3
            }
            encodeTail(data[index...], digits, into: &output)
        }
    }

    private static func encodeTail(
        _ tail: ArraySlice<UInt8>,
        _ digits: UnsafeBufferPointer<UInt8>,
        into output: inout [UInt8]
    ) {
        guard let first = tail.first else { return }
        let second = tail.dropFirst().first
        let group = UInt32(first) << 16 | UInt32(second ?? 0) << 8
        output.append(digits[Int(group >> 18)])
        output.append(digits[Int(group >> 12 & 63)])
        output.append(second == nil ? UInt8(ascii: "=") : digits[Int(group >> 6 & 63)])
        output.append(UInt8(ascii: "="))
    }
}
