/// Base64 with the standard alphabet and padding (RFC 4648, section 4). Foundation's stays out of the request path.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func encode(_ data: [UInt8], into output: inout [UInt8]) {
        let whole = data.count / 3
        output += [UInt8](unsafeUninitializedCapacity: whole * 4) { groups, count in
            encode(data, whole, into: groups)
            count = whole * 4
        }
        alphabet.withUnsafeBufferPointer { encodeTail(data[(whole * 3)...], $0, into: &output) }
    }

    /// - Parameter count: How many groups of three bytes there are; each gives four digits.
    private static func encode(_ data: [UInt8], _ count: Int, into output: UnsafeMutableBufferPointer<UInt8>) {
        alphabet.withUnsafeBufferPointer { digits in
            data.withUnsafeBufferPointer { data in
                for group in 0..<count {
                    let (from, to) = (group * 3, group * 4)
                    let bits = UInt32(data[from]) << 16 | UInt32(data[from + 1]) << 8 | UInt32(data[from + 2])
                    output[to] = digits[Int(bits >> 18)]
                    output[to + 1] = digits[Int(bits >> 12 & 63)]
                    output[to + 2] = digits[Int(bits >> 6 & 63)]
                    output[to + 3] = digits[Int(bits & 63)]
                }
            }
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
