"""Tests of the servers to measure, with a program that stands in for another webhook."""

import json
import pathlib
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

import tables
from load import REVIEWS, review_of_size
from one_account import ROLE, OneAccount
from servers import Peer, is_open, make_certificate, post, wait_until

# Writes its flags to a file, reads the ServiceAccounts from the server in its kubeconfig, and answers each review with a
# patch if the file `patches` exists.
PROGRAM = f"""#!{sys.executable}
import http.server, json, pathlib, ssl, sys, urllib.request
flags = dict(flag.removeprefix("--").split("=", 1) for flag in sys.argv[1:])
work = pathlib.Path(flags["kubeconfig"]).parent
(work / "flags.json").write_text(json.dumps(flags))
server = json.loads(pathlib.Path(flags["kubeconfig"]).read_text())["clusters"][0]["cluster"]["server"]
accounts = json.load(urllib.request.urlopen(server + "/api/v1/serviceaccounts?limit=500&resourceVersion=0"))
assert accounts["kind"] == "ServiceAccountList", accounts

class Webhook(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        assert self.headers["Content-Type"] == "application/json"
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{{"patch":""}}' if (work / "patches").exists() else b"{{}}")

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(flags["tls-cert"], flags["tls-key"])
server = http.server.HTTPServer(("127.0.0.1", int(flags["port"])), Webhook)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


class Peers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)
        self.api = OneAccount(self.work)
        self.addCleanup(self.api.__exit__)
        wait_until("the stand-in API server", lambda: is_open(self.api.port))

    def test_another_webhook_gets_its_flags_and_is_ready_once_it_assigns_a_role(self):
        make_certificate(self.work)
        program = self.work / "webhook"
        program.write_text(PROGRAM)
        program.chmod(0o755)
        kubeconfig = self.api.kubeconfig()
        with Peer("peer", program, self.work, [f"--kubeconfig={kubeconfig}"]) as peer:
            wait_until("the other webhook", lambda: peer.check() or is_open(peer.port))
            self.assertFalse(peer.is_ready())
            (self.work / "patches").touch()
            self.assertTrue(peer.is_ready())
            self.assertEqual(
                json.loads((self.work / "flags.json").read_text()),
                {
                    "in-cluster": "false",
                    "kubeconfig": str(kubeconfig),
                    "tls-cert": f"{self.work}/tls.crt",
                    "tls-key": f"{self.work}/tls.key",
                    "port": str(peer.port),
                    "metrics-port": str(peer.metrics_port),
                },
            )
            self.assertEqual(post(peer.url("small"), REVIEWS["small"], self.work / "ca.crt"), b'{"patch":""}')

    def get(self, path, accept="application/json"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.api.port}{path}", headers={"Accept": accept})
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code

    def test_the_stand_in_returns_whole_objects_or_metadata_as_requested(self):
        for accept, kind in [
            ("application/json", "ServiceAccount"),
            ("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", "PartialObjectMetadata"),
        ]:
            accounts = self.get("/api/v1/serviceaccounts?limit=500", accept)
            self.assertEqual(accounts["kind"], f"{kind}List")
            self.assertEqual([account["kind"] for account in accounts["items"]], [kind])
            annotations = accounts["items"][0]["metadata"]["annotations"]
            self.assertEqual(annotations, {"eks.amazonaws.com/role-arn": ROLE})
        self.assertEqual(self.get("/api/v1/namespaces/default/serviceaccounts/app")["metadata"]["name"], "app")
        self.assertEqual(self.get("/api/v1/configmaps"), 404)
        self.assertEqual(self.get("/api/v1/serviceaccounts?watch=true&sendInitialEvents=true"), 422)


class Reviews(unittest.TestCase):
    def test_reviews_have_the_requested_size(self):
        for size in [10000, 100000, 3000000]:
            review = review_of_size(size)
            self.assertLess(abs(len(review) - size), size * 0.05)
            self.assertEqual(json.loads(review)["kind"], "AdmissionReview")


class Tables(unittest.TestCase):
    def test_ratios_are_those_of_the_rounds(self):
        samples = {"CPU": {"webhook": [10, 40, 30], "nginx": [10, 10, 15], "peer": [50, 60, 15]}}
        table = tables.medians(samples)["CPU"]
        self.assertEqual((table["webhook"], table["nginx"], table["peer"]), (30, 10, 50))
        self.assertEqual((table["webhook / nginx"], table["peer / nginx"]), (2, 5))

    def test_a_line_goes_through_points_that_are_on_it(self):
        start, slope = tables.straight_line([(size, 90 + 0.005 * size) for size in [3000, 100000, 3000000]])
        self.assertAlmostEqual(start, 90)
        self.assertAlmostEqual(slope, 0.005)


if __name__ == "__main__":
    unittest.main()
