#!/usr/bin/env python3
"""Measures how much memory the webhook uses with very many ServiceAccounts, and how long it takes to read them: see
docs/performance.md."""

import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import socket
import ssl
import statistics
import tempfile
import time
import urllib.error
import urllib.request

import servers
from api_server import StandIn
from control_plane import ControlPlane, service_account
from servers import FIXTURES, ROOT, Webhook, post, wait_until

LARGEST_REVIEW = 7 * 1024 * 1024
# The time in seconds after which a webhook has freed the memory that only its start needs.
SETTLED = 5
# Another program with the flags of the EKS webhook, or None.
PEER = pathlib.Path(os.environ["PEER_WEBHOOK"]) if os.environ.get("PEER_WEBHOOK") else None


def wait_until_ready(webhook):
    wait_until("the webhook", webhook.is_ready)


def wait_until_verified(webhook):
    """Waits until the webhook's list is as new as the API server's, not only as new as the API server's cache."""

    def is_verified():
        webhook.check()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{webhook.metrics_port}/metrics", timeout=5) as answer:
                return b'pod_identity_webhook_watch_synced{resource="serviceaccounts"} 1' in answer.read()
        except (urllib.error.URLError, ConnectionError):
            return False

    wait_until("the final list", is_verified)


def large_request():
    """A request for a pod whose ServiceAccount has a role."""
    review = json.loads((FIXTURES / "review-small.json").read_text())
    account = service_account(0)["metadata"]
    review["request"]["namespace"] = account["namespace"]
    review["request"]["object"]["spec"]["serviceAccountName"] = account["name"]
    annotations = review["request"]["object"]["metadata"]["annotations"]
    annotations["padding"] = ""
    annotations["padding"] = "x" * (LARGEST_REVIEW - len(json.dumps(review)))
    body = json.dumps(review)
    head = ["POST /mutate HTTP/1.1", "Host: localhost", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def burst(webhook, work, connections, reviews):
    """The resident memory, and that without mapped files, after reviews of 7 MiB on each connection. The connections stay
    open, as those of an API server do. Four reviews are sent at a time: with more, this program could not meet the
    webhook's deadline for a body."""
    request = large_request()
    trust = ssl.create_default_context(cafile=work / "ca.crt")

    def connect():
        plain = socket.create_connection(("127.0.0.1", webhook.port), timeout=120)
        return trust.wrap_socket(plain, server_hostname="localhost")

    def send(connection):
        for _ in range(reviews):
            connection.sendall(request)
            answer = http.client.HTTPResponse(connection, method="POST")
            answer.begin()
            body = answer.read()
            if answer.status != 200 or b'"patch":' not in body:
                raise RuntimeError(f"a large review was answered with {answer.status}: {body}")

    open_connections = [connect() for _ in range(connections)]
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        list(threads.map(send, open_connections))
    time.sleep(3)
    after = webhook.memory(), webhook.memory("RssAnon")
    for connection in open_connections:
        connection.close()
    return after


def measure_lists(options, work, program):
    """The same list, served in each of the ways by a stand-in API server that uses hardly any CPU time."""
    figures = {}
    for padding, accounts in [(0, options.service_accounts), (174000, 50)]:
        for lists in ["pages", "cache", "stream"]:
            ready, cpu, peak = [], [], []
            with StandIn(work, accounts, lists, padding) as api:
                wait_until("the stand-in API server", lambda: is_open(api))
                for _ in range(options.rounds):
                    start = time.monotonic()
                    with Webhook(program, work, [f"--kube-api={api.url}"]) as webhook:
                        wait_until_ready(webhook)
                        ready.append(time.monotonic() - start)
                        cpu.append(webhook.cpu_seconds())
                        peak.append(webhook.memory("VmHWM"))
            way = f"{accounts} ServiceAccounts{' of 1 MB' if padding else ''}, {lists}"
            figures[f"{way}: from start to ready (s)"] = statistics.median(ready)
            figures[f"{way}: CPU time (s)"] = statistics.median(cpu)
            figures[f"{way}: peak (MB)"] = statistics.median(peak)
    return figures


def measure_peer(work, flags):
    """The time until the other webhook answers reviews, which is when it has read all ServiceAccounts, and its memory."""
    port, metrics_port = servers.free_port(), servers.free_port()
    own = [f"--port={port}", f"--metrics-port={metrics_port}", f"--tls-cert={work}/tls.crt", f"--tls-key={work}/tls.key"]
    start = time.monotonic()
    with servers.Server(PEER.name, [PEER, "--in-cluster=false", *own, *flags], work / "peer.log") as peer:
        peer.port = port
        wait_until("the other webhook", lambda: is_open(peer))
        ready = time.monotonic() - start
        time.sleep(SETTLED)
        return ready, peer.memory(), peer.memory("VmHWM")


def is_open(server):
    server.check()
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", server.port)) == 0


def measure(options, work):
    program = servers.program("release")
    figures = measure_lists(options, work, program)
    if options.lists_only:
        return figures

    accounts = work / "service-accounts.yaml"
    accounts.write_text(servers.SERVICE_ACCOUNTS)
    with Webhook(program, work, [f"--service-accounts={accounts}"]) as webhook:
        wait_until_ready(webhook)
        post(webhook.url("small"), FIXTURES / "review-small.json", work / "ca.crt")
        time.sleep(SETTLED)
        figures["idle (MB)"] = webhook.memory()
        figures["idle, without mapped files (MB)"] = webhook.memory("RssAnon")

    with ControlPlane(work) as control_plane:
        control_plane.add_service_accounts(options.service_accounts)
        control_plane.start_api_server()
        if control_plane.count() < options.service_accounts:
            raise RuntimeError("the API server does not have all ServiceAccounts")
        flags = [f"--kubeconfig={control_plane.kubeconfig()}"]
        ready, final, curl, resident, peak, peers = [], [], [], [], [], []
        for _ in range(options.rounds):
            curl.append(control_plane.curl_seconds())
            if PEER:
                peers.append(measure_peer(work, flags))
            start = time.monotonic()
            with Webhook(program, work, flags) as webhook:
                wait_until_ready(webhook)
                ready.append(time.monotonic() - start)
                wait_until_verified(webhook)
                final.append(time.monotonic() - start)
                time.sleep(SETTLED)
                resident.append(webhook.memory())
                peak.append(webhook.memory("VmHWM"))
        figures["with the ServiceAccounts (MB)"] = statistics.median(resident)
        figures["peak while listing (MB)"] = statistics.median(peak)
        figures["from start to ready (s)"] = statistics.median(ready)
        figures["from start to the paged list (s)"] = statistics.median(final)
        figures["curl, the list from the cache (s)"] = statistics.median(curl)
        figures["ready / curl"] = statistics.median(r / c for r, c in zip(ready, curl))
        for number, name in enumerate(["from start to ready (s)", "with the ServiceAccounts (MB)", "peak (MB)"]):
            if peers:
                figures[f"{PEER.name}: {name}"] = statistics.median(peer[number] for peer in peers)
        with Webhook(program, work, flags) as webhook:
            wait_until_verified(webhook)
            time.sleep(SETTLED)
            figures["before the burst (MB)"] = webhook.memory()
            figures["before the burst, without mapped files (MB)"] = webhook.memory("RssAnon")
            after = burst(webhook, work, options.connections, 5)
            figures["after the burst (MB)"], figures["after the burst, without mapped files (MB)"] = after
            figures["peak during the burst (MB)"] = webhook.memory("VmHWM")
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service-accounts", type=int, default=50000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16, help="connections in the burst of large reviews")
    parser.add_argument("--lists-only", action="store_true", help="measure only lists of a stand-in API server")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / ".build/bench-memory.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        servers.make_certificate(work)
        figures = measure(options, work)
    print("| median | |\n|---|--:|")
    for name, value in figures.items():
        print(f"| {name} | {value:.2f} |")
    options.output.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
