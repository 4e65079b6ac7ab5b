internal import HTTPClient
internal import NIOOpenSSL
package import OIDCIssuer

/// The thumbprint by which AWS IAM identifies the server of an issuer's keys.
package struct IssuerThumbprint: Sendable {
    /// 40 lower-case hexadecimal digits.
    package let text: String
    /// Notes about it, as sentences.
    package let notes: [String]

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Nothing is verified, because the thumbprint is for servers that would not verify otherwise.
    ///
    /// - Throws: `Failure` if no certificate can be obtained.
    package static func fetch(_ issuer: IssuerURL, _ outbound: OutboundHTTP) async throws(Failure) -> IssuerThumbprint {
        var notes: [String] = []
        let server: ServerURL
        do throws(OutboundHTTP.Failure) {
            server = try await keysServer(issuer, outbound)
        } catch {
            server = issuer.server
            notes.append(
                "\(issuer.configurationURL) does not name the server of the keys (\(error.text)), so this is the thumbprint of \(server.host)"
            )
        }
        do throws(OutboundHTTP.Failure) {
            let chain = try await outbound.certificates(server, tls: outbound.unverified)
            guard let last = chain.last, !last.sha1.isEmpty else {
                throw .unreachable("it presents no certificate of which OpenSSL makes a SHA-1 digest")
            }
            if let reason = await rejection(server, outbound) {
                notes.append(
                    "this machine's trust store does not verify \(server.host) (\(reason)): compare the thumbprint with that of "
                        + "the certificate that you installed"
                )
            }
            return IssuerThumbprint(text: last.sha1, notes: notes)
        } catch {
            throw Failure(description: "\(server.host) shows no certificate: \(error.text)")
        }
    }

    private static func keysServer(
        _ issuer: IssuerURL,
        _ outbound: OutboundHTTP
    ) async throws(OutboundHTTP.Failure) -> ServerURL {
        let bytes = try await outbound.get(issuer.server, path: IssuerURL.configurationPath, tls: outbound.unverified)
        do {
            let configuration = try IssuerConfiguration(parsing: bytes)
            guard configuration.keysURL.hasPrefix("https://") else {
                throw OutboundHTTP.Failure.malformed("its jwks_uri is not an https URL")
            }
            return try ServerURL(parsing: configuration.keysURL)
        } catch {
            throw error as? OutboundHTTP.Failure ?? .malformed("\(error)")
        }
    }

    private static func rejection(_ server: ServerURL, _ outbound: OutboundHTTP) async -> String? {
        do throws(OutboundHTTP.Failure) {
            _ = try await outbound.certificates(server, tls: outbound.verified)
            return nil
        } catch {
            guard case .untrusted(_, let reason) = error else { return nil }
            return reason
        }
    }
}
