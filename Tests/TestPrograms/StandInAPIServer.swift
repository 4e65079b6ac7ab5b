/// Replaces an API server where a real one cannot be made to fail in a certain way: a test scripts the response to
/// every list, watch and get. Its log has a line `GET PATH` for each request.
package enum StandInAPIServer {
    /// - Parameters:
    ///   - behaviour: The body of the Python function `def answer(path, query):`. `path` is split at slashes and has no
    ///     empty parts; `query` is a dictionary. It returns a status and an object, or None for no response at all.
    package static func start(_ behaviour: String) throws -> LocalServer {
        let body = behaviour.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        return try LocalServer("python3") { ["-c", "\(head)\ndef answer(path, query):\n\(body)\n\(tail)", "\($0)"] }
    }

    private static let head = """
        import http.server, json, os, socketserver, sys, threading, time, urllib.parse
        def account(namespace, name, role=None, version="5"):
            annotations = {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/" + role} if role else {}
            return {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {"name": name, "namespace": namespace,
                "resourceVersion": version, "annotations": annotations}}
        def listed(*items): return 200, {"metadata": {"resourceVersion": "7"}, "items": list(items)}
        def status(code): return code, {"kind": "Status", "apiVersion": "v1", "code": code}
        """

    private static let tail = """
        class API(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *arguments): pass
            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                # In one piece, so that lines of two requests do not mix.
                sys.stdout.write("GET " + self.path + "\\n")
                sys.stdout.flush()
                result = answer([part for part in url.path.split("/") if part], dict(urllib.parse.parse_qsl(url.query)))
                if result is None: time.sleep(600)
                body = json.dumps(result[1]).encode()
                self.send_response(result[0])
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
        class Server(http.server.ThreadingHTTPServer):
            request_queue_size, daemon_threads = 1024, True
        Server(("127.0.0.1", int(sys.argv[1])), API).serve_forever()
        """
}
