"""A stand-in for an API server with a single ServiceAccount, that of the measured reviews. It supports clients that list and
watch, whether they ask for whole objects or only for their metadata."""

import argparse
import http.server
import json
import sys
import urllib.parse

from servers import Server, free_port

VERSION = "1000"
ROLE = "arn:aws:iam::111122223333:role/app"
METADATA = {
    "name": "app",
    "namespace": "default",
    "uid": "7a0d2c4e-5a56-4c59-9f43-2d5c6c0f4b1a",
    "resourceVersion": VERSION,
    "creationTimestamp": "2026-11-21T09:04:06Z",
    "annotations": {"eks.amazonaws.com/role-arn": ROLE},
}


class API(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        path, _, text = self.path.partition("?")
        query = urllib.parse.parse_qs(text)
        words = path.strip("/").split("/")
        if path == "/version":
            self.answer({"major": "1", "minor": "31", "gitVersion": "v1.31.0"})
        elif words[-1] not in ("serviceaccounts", "app"):
            self.answer({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}, 404)
        elif "sendInitialEvents" in query:
            # As servers that cannot stream lists do.
            self.answer({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 422}, 422)
        elif query.get("watch", ["false"])[0] in ("true", "1"):
            self.watch()
        elif words[-1] == "app":
            self.answer(self.kind("") | {"metadata": METADATA})
        else:
            items = [self.kind("") | {"metadata": METADATA}]
            self.answer(self.kind("List") | {"metadata": {"resourceVersion": VERSION}, "items": items})

    def kind(self, suffix):
        if "PartialObjectMetadata" in self.headers.get("Accept", ""):
            return {"kind": f"PartialObjectMetadata{suffix}", "apiVersion": "meta.k8s.io/v1"}
        return {"kind": f"ServiceAccount{suffix}", "apiVersion": "v1"}

    def answer(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def watch(self):
        """Nothing ever changes. The watch lasts until the client closes it."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        self.rfile.read()
        self.close_connection = True


class OneAccount(Server):
    def __init__(self, work, core=None):
        self.port = free_port()
        super().__init__("API server", [sys.executable, __file__, "--port", self.port], work / "api-server.log", core)
        self.work = work

    def kubeconfig(self):
        """Written as JSON, which is valid YAML."""
        path = self.work / "kubeconfig"
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "benchmark", "cluster": {"server": f"http://127.0.0.1:{self.port}"}}],
            "users": [{"name": "benchmark", "user": {}}],
            "contexts": [{"name": "benchmark", "context": {"cluster": "benchmark", "user": "benchmark"}}],
            "current-context": "benchmark",
        }
        path.write_text(json.dumps(config))
        return path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), API)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
