/// Base64 with the standard alphabet and padding (RFC 4648, section 4). Foundation's stays out of the request path.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The two digits of each number of 12 bits, as they are in memory.
    private static let pairs: [UInt16] = alphabet.flatMap { first in
        alphabet.map { second in UInt16(littleEndian: UInt16(first) | UInt16(second) << 8) }
    }

    /// The number of digits, including padding, for this many bytes.
    package static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    package static func encode(_ data: [UInt8], into output: inout [UInt8]) {
        let groups = data.count / 3
        output.reserveCapacity(output.count + encodedCount(data.count))
        output.append(addingCapacity: groups * 4) { digits in
            digits.withUnsafeMutableBufferPointer { memory, written in
                precondition(memory.count >= groups * 4, "the array has room for what it was asked for")
                data.withUnsafeBytes { encode($0, groups, into: UnsafeMutableRawBufferPointer(memory)) }
                // All of them are set.
                written = groups * 4
            }
        }
        encodeTail(data[(groups * 3)...], into: &output)
    }

    /// - Parameter groups: The number of groups of three bytes; each gives four digits, for which `output` has room.
    private static func encode(
        _ data: UnsafeRawBufferPointer,
        _ groups: Int,
        into output: UnsafeMutableRawBufferPointer
    ) {
        pairs.withUnsafeBufferPointer { pairs in
            func store(_ bits: UInt64, _ to: Int) {
                output.storeBytes(of: pairs[Int(bits & 0xfff)], toByteOffset: to, as: UInt16.self)
            }
            // Two groups at a time, as long as eight bytes can be read.
            let double = max(0, data.count - 2) / 6
            for index in 0..<double {
                let bits = UInt64(bigEndian: data.loadUnaligned(fromByteOffset: index * 6, as: UInt64.self)) >> 16
                store(bits >> 36, index * 8)
                store(bits >> 24, index * 8 + 2)
                store(bits >> 12, index * 8 + 4)
                store(bits, index * 8 + 6)
            }
            for group in (double * 2)..<groups {
                let (from, to) = (group * 3, group * 4)
                let bits = Int(data[from]) << 16 | Int(data[from + 1]) << 8 | Int(data[from + 2])
                output.storeBytes(of: pairs[bits >> 12], toByteOffset: to, as: UInt16.self)
                output.storeBytes(of: pairs[bits & 0xfff], toByteOffset: to + 2, as: UInt16.self)
            }
        }
    }

    private static func encodeTail(_ tail: ArraySlice<UInt8>, into output: inout [UInt8]) {
        guard let first = tail.first else { return }
        let second = tail.dropFirst().first
        let group = Int(first) << 16 | Int(second ?? 0) << 8
        output.append(alphabet[group >> 18])
        output.append(alphabet[group >> 12 & 63])
        output.append(second == nil ? UInt8(ascii: "=") : alphabet[group >> 6 & 63])
        output.append(UInt8(ascii: "="))
    }
}
