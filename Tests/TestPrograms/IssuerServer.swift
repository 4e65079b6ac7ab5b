import Foundation
import TestNetwork
package import TestSupport

/// A Python web server that publishes a folder over HTTPS, as object storage publishes an issuer's documents.
package final class IssuerServer: Sendable {
    package let port: Int
    /// The published folder. Its files may be changed at any time.
    package let folder: TemporaryDirectory
    private let certificates: TestCertificates
    private let identity: TestCertificates.Identity
    private let process: ServerProcess

    private static let script = """
        import functools, http.server, ssl, sys
        port, folder, certificate, key = sys.argv[1:]
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.serve_forever()
        """

    /// Starts the server with a certificate from an intermediate authority.
    package init() throws {
        port = try freePort()
        folder = try TemporaryDirectory()
        certificates = try TestCertificates(commonName: "issuer-ca")
        identity = try certificates.makeIntermediate().issue(dnsNames: ["issuer.test"], ipAddresses: ["127.0.0.1"])
        let logs = try TestFolders.logs("issuer-\(port)")
        process = ServerProcess(name: "issuer", logFile: "\(logs)/issuer.log")
    }

    package var url: String { "https://127.0.0.1:\(port)" }

    /// The environment variables with which a program trusts the server, as OpenSSL reads them.
    package var trust: [String: String] { ["SSL_CERT_FILE": certificates.root.certificatePath] }

    package var log: String { process.log }

    package func start() async throws {
        let files = [identity.certificatePath, identity.keyPath]
        try process.start("/usr/bin/env", ["python3", "-c", Self.script, "\(port)", folder.path] + files)
        try await eventually("the issuer's server to answer", log: { self.log }) {
            let certificate = ["--cacert", self.certificates.root.certificatePath]
            return try await Command("curl", ["-s", "-o", "/dev/null", self.url] + certificate).run().status == 0
        }
    }

    package func stop() async { _ = await process.stop() }
}
