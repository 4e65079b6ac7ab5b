internal import COpenSSL

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A TLS protocol version; the raw value is the protocol's name as OpenSSL prints it.
package enum TLSVersion: String, Sendable, Comparable, CaseIterable {
    /// TLS 1.0 (RFC 2246), 0x0301 on the wire. OpenSSL 3.0 refuses it at its default security level.
    case v1_0 = "TLSv1"
    /// TLS 1.1 (RFC 4346), 0x0302 on the wire. OpenSSL 3.0 refuses it at its default security level.
    case v1_1 = "TLSv1.1"
    /// TLS 1.2 (RFC 5246), 0x0303 on the wire.
    case v1_2 = "TLSv1.2"
    /// TLS 1.3 (RFC 8446), 0x0304 in the `supported_versions` extension.
    case v1_3 = "TLSv1.3"

    /// Reads `1.2`, `TLSv1.2` and Kubernetes' `VersionTLS12`.
    package init?(name: String) {
        let found = Self.allCases.first { version in
            name == version.number || name == "TLSv\(version.number)" || name == version.rawValue
                || name == "VersionTLS\(version.number.filter { $0 != "." })"
        }
        guard let found else { return nil }
        self = found
    }

    package static func < (left: TLSVersion, right: TLSVersion) -> Bool {
        left.protocolVersion < right.protocolVersion
    }

    private var number: String {
        switch self {
        case .v1_0: "1.0"
        case .v1_1: "1.1"
        case .v1_2: "1.2"
        case .v1_3: "1.3"
        }
    }

    /// The number that OpenSSL and the wire use.
    var protocolVersion: Int32 {
        switch self {
        case .v1_0: TLS1_VERSION
        case .v1_1: TLS1_1_VERSION
        case .v1_2: TLS1_2_VERSION
        case .v1_3: TLS1_3_VERSION
        }
    }

    init?(protocolVersion: Int32) {
        guard let found = Self.allCases.first(where: { $0.protocolVersion == protocolVersion }) else { return nil }
        self = found
    }
}
