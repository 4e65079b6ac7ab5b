"""A stand-in for an API server that serves only lists of ServiceAccounts, and uses hardly any CPU time compared with its
client. It serves lists in pages, in one piece from an up-to-date cache, or as streams (`--lists`)."""

import argparse
import http.server
import json
import sys
import urllib.parse

from control_plane import service_account
from servers import Server, free_port

VERSION = 1000000


def metadata_of(number, padding):
    """The response to a request for a ServiceAccount's metadata."""
    account = service_account(number)
    metadata = account["metadata"] | {"resourceVersion": str(number + 1)}
    if padding:
        metadata["annotations"] = metadata.get("annotations", {}) | {"padding": "<" * padding}
    kind = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
    # Go escapes these three characters.
    text = json.dumps(kind | {"metadata": metadata}, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode()


class API(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    accounts = []
    lists = "pages"

    def log_message(self, *_):
        pass

    def do_GET(self):
        path, _, text = self.path.partition("?")
        query = {name: values[0] for name, values in urllib.parse.parse_qs(text).items()}
        if path == "/version":
            minor = "36" if self.lists == "stream" else "30"
            self.answer(json.dumps({"major": "1", "minor": minor, "gitVersion": f"v1.{minor}.0"}).encode())
        elif "watch" in query:
            self.watch("sendInitialEvents" in query)
        elif self.lists == "pages" and "resourceVersion" in query:
            self.send_error(400)
        elif path.endswith("/serviceaccounts"):
            self.page(int(query.get("continue", 0)), int(query.get("limit", len(self.accounts))))
        elif path.startswith("/api/v1/namespaces/") and path.rpartition("/")[2].startswith("application-"):
            self.answer(self.accounts[int(path.rpartition("-")[2])])
        else:
            self.send_error(404)

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def page(self, start, limit):
        end = min(start + limit, len(self.accounts))
        metadata = {"resourceVersion": str(VERSION)}
        if end < len(self.accounts):
            metadata["continue"] = str(end)
            if self.lists == "cache":
                # It need not be exact (meta/v1 ListMeta); the client takes a list with this many items for a long one.
                metadata["remainingItemCount"] = max(len(self.accounts) - end, 1000)
        metadata = json.dumps(metadata).encode()
        items = b",".join(self.accounts[start:end])
        self.answer(b'{"kind":"PartialObjectMetadataList","metadata":' + metadata + b',"items":[' + items + b"]}")

    def watch(self, lists):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if lists:
            # One chunk for each event, several in one write, as an API server does it.
            batch = []
            for account in self.accounts:
                batch.append(chunk(b'{"type":"ADDED","object":' + account + b"}\n"))
                if len(batch) == 16:
                    self.wfile.write(b"".join(batch))
                    batch = []
            end = {"resourceVersion": str(VERSION), "annotations": {"k8s.io/initial-events-end": "true"}}
            bookmark = {"type": "BOOKMARK", "object": {"metadata": end}}
            self.wfile.write(b"".join(batch) + chunk(json.dumps(bookmark).encode() + b"\n"))
        self.rfile.read()


def chunk(line):
    return b"%x\r\n%s\r\n" % (len(line), line)


class StandIn(Server):
    def __init__(self, work, accounts, lists, padding=0):
        self.port = free_port()
        flags = ["--port", self.port, "--accounts", accounts, "--padding", padding, "--lists", lists]
        super().__init__("API server", [sys.executable, __file__, *flags], work / "api-server.log")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--accounts", type=int, default=50000)
    parser.add_argument("--padding", type=int, default=0, help="characters, all escaped, in an annotation of each one")
    parser.add_argument("--huge", type=int, default=[], nargs="*", help="numbers of ServiceAccounts with 6 MB each")
    parser.add_argument("--lists", choices=["pages", "cache", "stream"], default="pages")
    options = parser.parse_args()
    API.accounts = [
        metadata_of(number, 1000000 if number in options.huge else options.padding)
        for number in range(options.accounts)
    ]
    API.lists = options.lists
    server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), API)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
