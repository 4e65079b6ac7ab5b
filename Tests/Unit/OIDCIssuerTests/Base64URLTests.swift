import Testing

@testable import OIDCIssuer

@Suite("Base64url", .timeLimit(.minutes(5)))
struct Base64URLTests {
    @Test(
        "has no padding, and is encoded and decoded",
        arguments: [
            ("", [] as [UInt8]), ("Zg", [0x66]), ("Zm8", [0x66, 0x6f]), ("Zm9v", [0x66, 0x6f, 0x6f]),
            ("-_8", [0xfb, 0xff]), ("AQAB", [1, 0, 1]),
        ]
    )
    func table(text: String, bytes: [UInt8]) {
        #expect(Base64URL.encode(bytes) == text)
        #expect(Base64URL.decode(text.utf8) == bytes)
    }

    @Test("of any length is decoded to the original bytes")
    func lengths() {
        for count in 0..<200 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 151 + count) }
            #expect(Base64URL.decode(Base64URL.encode(bytes).utf8) == bytes)
        }
    }

    @Test("is refused if it is malformed", arguments: ["A", "AAAAA", "Zg==", "+/8", "Z g", "Zé"])
    func refused(text: String) {
        #expect(Base64URL.decode(text.utf8) == nil)
    }
}
