import Foundation

/// Writes kubeconfig files in the forms that users have.
package enum Kubeconfig {
    package enum Credential: Sendable {
        case clientCertificate(file: String, keyFile: String)
        case token(String)
        case tokenFile(String)
    }

    /// - Parameter inline: Whether certificates are in the file as base64, instead of being referenced by path.
    package static func write(
        to path: String,
        server: String,
        authorityFile: String,
        credential: Credential,
        inline: Bool = false
    ) throws {
        func material(_ field: String, _ file: String) throws -> String {
            guard inline else { return "\(field): \(file)" }
            let data = try Data(contentsOf: URL(fileURLWithPath: file))
            return "\(field)-data: \(data.base64EncodedString())"
        }
        let user =
            switch credential {
            case .clientCertificate(let file, let keyFile):
                """
                \(try material("client-certificate", file))
                    \(try material("client-key", keyFile))
                """
            case .token(let token): "token: \(token)"
            case .tokenFile(let file): "tokenFile: \(file)"
            }
        let document = """
            apiVersion: v1
            kind: Config
            current-context: test
            contexts:
            - name: test
              context:
                cluster: test
                user: test
            clusters:
            - name: test
              cluster:
                server: \(server)
                \(try material("certificate-authority", authorityFile))
            users:
            - name: test
              user:
                \(user)

            """
        try document.write(toFile: path, atomically: true, encoding: .utf8)
    }
}
