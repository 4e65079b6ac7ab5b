internal import JSON
internal import ProviderSupport

/// The identifiers of applications and tenants.
enum AzureIdentifier {
    /// Says why a text is not the ID of an application or a managed identity; nil if it is one.
    static func problem(ofClient text: String) -> String? {
        isGUID(text) ? nil : "the client ID is not a GUID: \"\(text.escaped.cut(to: maximumQuote))\""
    }

    /// Says why a text is neither the ID of a tenant nor one of its domains, which the SDKs accept too; nil if it is
    /// one of these.
    static func problem(ofTenant text: String) -> String? {
        let isName = text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
        guard isName, !text.isEmpty, text.utf8.count <= maximumDomain else {
            return "the tenant is neither a GUID nor a domain: \"\(text.escaped.cut(to: maximumQuote))\""
        }
        return nil
    }

    /// Whether the text is 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12 (RFC 9562, section 4).
    static func isGUID(_ text: String) -> Bool {
        let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12]
            && groups.allSatisfy { $0.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit } }
    }

    /// The length in bytes of the longest domain (RFC 1035, section 2.3.4).
    private static let maximumDomain = 253
    /// The maximum length of a text in bytes; longer ones are cut.
    private static let maximumQuote = 60

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
