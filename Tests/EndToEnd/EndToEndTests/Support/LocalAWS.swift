import Foundation
import HTTPServer
import TestPrograms
import TestSupport

/// moto's Security Token Service.
enum LocalSTS {
    static func start() async throws -> LocalServer {
        let server = try LocalServer("moto_server") { ["-H", "127.0.0.1", "-p", "\($0)"] }
        try await server.waitUntilReady()
        return server
    }
}

/// Replaces the EKS Pod Identity agent: it returns credentials for requests with the right token.
enum CredentialsAgent {
    private static let script = """
        import http.server, json, sys
        class Agent(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                accepted = self.headers.get("Authorization") == open(sys.argv[2]).read()
                print("accepted" if accepted else "refused", flush=True)
                body = json.dumps({"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "secret", "Token": "session",
                                   "Expiration": "2099-01-01T00:00:00Z"}).encode()
                self.send_response(200 if accepted else 403)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
        http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Agent).serve_forever()
        """

    /// - Parameter tokenFile: A file that is read for each request.
    static func start(tokenFile: String) throws -> LocalServer {
        try LocalServer("python3", path: "/v1/credentials") { ["-c", script, "\($0)", tokenFile] }
    }
}
