import Foundation
import TestSupport

/// A serving certificate for the webhook and the CA that signed it, created as users do: with certs/make.sh.
package struct CertificateFolder: Sendable {
    package let folder: String

    package var certificateFile: String { "\(folder)/tls.crt" }
    package var keyFile: String { "\(folder)/tls.key" }
    package var authorityFile: String { "\(folder)/ca.crt" }

    /// - Parameter names: DNS names and IP addresses.
    package static func make(_ names: [String]) async throws -> CertificateFolder {
        let folder = try TestFolders.temporary("certificate")
        try await Command("\(TestFolders.repository)/certs/make.sh", ["-o", folder] + names).runText()
        return CertificateFolder(folder: folder)
    }

    /// The CA in the form of a registration's `caBundle`.
    package func caBundle() throws -> String {
        try Data(contentsOf: URL(fileURLWithPath: authorityFile)).base64EncodedString()
    }
}
