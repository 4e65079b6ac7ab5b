internal import NIOCore

/// A bearer token. Printing or reflecting it does not reveal it.
package struct WebIdentityToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    /// The longest token that STS accepts, in characters (STS API reference, `WebIdentityToken`).
    package static let longest = 20_000

    /// Fails for a text that STS would not accept as a token.
    package init?(_ text: String) {
        guard 4...Self.longest ~= text.utf8.count else { return nil }
        self.text = text
    }

    /// The first part of a JWT, which says how it is signed (RFC 7515, 3.1), in base64url.
    package var header: Substring { text.prefix { $0 != "." } }

    package var description: String { "(token)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    func write(to form: inout FormBody) { form.add("WebIdentityToken", text) }
}

/// The body of a form (application/x-www-form-urlencoded).
struct FormBody {
    private(set) var buffer = ByteBuffer()

    mutating func add(_ name: StaticString, _ value: String) {
        if buffer.readableBytes > 0 { buffer.writeString("&") }
        buffer.writeStaticString(name)
        buffer.writeString("=")
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                buffer.writeInteger(byte)
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                buffer.writeString(byte < 16 ? "%0\(digits)" : "%\(digits)")
            }
        }
    }
}
