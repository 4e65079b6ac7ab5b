#!/usr/bin/env python3
"""Compares the webhook with nginx, which sends the same bytes in response to the same requests, and, if the environment
variable PEER_WEBHOOK is set to a program with the flags of the Amazon EKS pod identity webhook, with that program: see
docs/performance.md.

They run one after the other on a dedicated core, in several rounds; the table contains the medians."""

import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile

import servers
import tables
from load import REVIEWS, Load, review_of_size
from one_account import OneAccount
from servers import ROOT, Nginx, Peer, Webhook, post, wait_until

CONNECTIONS = [1, 16, 64]
SIZES = [3000, 10000, 30000, 100000, 300000, 1000000, 3000000]


class Bench:
    def __init__(self, options, work, kubeconfig):
        self.options = options
        self.work = work
        self.samples = {}
        self.programs = {"webhook": servers.program(options.build)}
        if peer := os.environ.get("PEER_WEBHOOK"):
            self.programs["peer"] = pathlib.Path(peer).resolve(strict=True)
        self.flags = [f"--kubeconfig={kubeconfig}"]

    def sample(self, row, server, value):
        self.samples.setdefault(row, {}).setdefault(server.name, []).append(value)

    def load(self, server, review, file=None, **how):
        how = {"seconds": self.options.seconds, "core": self.options.client_core, **how}
        return Load(server, review, file or REVIEWS[review], **how)

    def start(self, name, answers=None):
        """Starts a server, which is stopped at the end of its context, and waits until it is ready."""
        core = self.options.server_core
        if name == "nginx":
            server = Nginx(self.work, answers, core)
        elif name == "webhook":
            server = Webhook(self.programs[name], self.work, self.flags, core)
        else:
            server = Peer(name, self.programs[name], self.work, self.flags, core)
        try:
            wait_until(name, server.is_ready)
        except BaseException:
            server.__exit__()
            raise
        return server

    def post(self, server, review):
        return post(server.url(review), REVIEWS[review], self.work / "ca.crt").decode()

    def answers(self):
        with self.start("webhook") as webhook:
            answers = {review: self.post(webhook, review) for review in REVIEWS}
        for review, answer in answers.items():
            if '"patch":' not in answer:
                raise RuntimeError(f"{review} was not assigned a role: {answer}")
        return answers

    def measure(self, server):
        for review in REVIEWS:
            loads = {connections: self.load(server, review, connections=connections) for connections in CONNECTIONS}
            self.sample(f"CPU per review, {review} (us)", server, loads[16].cpu_microseconds)
            self.sample(f"reviews/s, {review}", server, loads[16].rate)
            for connections, load in loads.items():
                plural = "connection" if connections == 1 else "connections"
                self.sample(f"latency p50, {connections} {plural}, {review} (us)", server, load.p50)
                self.sample(f"latency p99, {connections} {plural}, {review} (us)", server, load.p99)
        handshakes = self.load(server, "small", connections=16, keeps_alive=False)
        self.sample("handshakes/s", server, handshakes.rate)
        self.sample("handshakes per CPU second", server, 1e6 / handshakes.cpu_microseconds)

    def run(self):
        answers = self.answers()
        names = [*self.programs, "nginx"]
        for number in range(self.options.rounds):
            for name in names if number % 2 else reversed(names):
                with self.start(name, answers) as server:
                    for review in REVIEWS:
                        check_answer(name, answers[review], self.post(server, review))
                    self.load(server, "small", connections=16, seconds=1)
                    self.measure(server)
            print(f"round {number + 1} of {self.options.rounds}", file=sys.stderr)

    def sizes(self, name):
        """The CPU time for a review of each size."""
        points = []
        with self.start(name) as server:
            for size in [size for size in SIZES if size <= self.options.largest]:
                file = self.work / f"review-{size}.json"
                file.write_text(review_of_size(size))
                loads = [self.load(server, "small", file, connections=4) for _ in range(3)]
                points.append((file.stat().st_size, statistics.median(load.cpu_microseconds for load in loads)))
        return points


def check_answer(name, expected, actual):
    """nginx must send as many bytes as the webhook; the contents may differ where the webhook's output is random. Another
    webhook must assign a role."""
    if name == "peer":
        if '"patch":' not in actual:
            raise RuntimeError(f"the peer did not assign a role: {actual}")
    elif len(expected.encode()) != len(actual.encode()):
        raise RuntimeError(f"{name} sent {len(actual.encode())} bytes instead of {len(expected.encode())}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="duration of each load in a round")
    parser.add_argument("--server-core", default="0")
    parser.add_argument("--client-core", default="1")
    parser.add_argument("--build", default="release", choices=["debug", "release"])
    parser.add_argument("--largest", type=int, default=3000000, help="size of the largest review in bytes, at least 10000")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / ".build/bench.json")
    options = parser.parse_args()
    if options.largest < 10000:
        parser.error("--largest must be at least 10000, because fitting a line takes two sizes")
    return options


def main():
    options = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        servers.make_certificate(work)
        with OneAccount(work, options.client_core) as api:
            wait_until("the stand-in API server", lambda: servers.is_open(api.port))
            bench = Bench(options, work, api.kubeconfig())
            bench.run()
            table = tables.medians(bench.samples)
            tables.report(table, list(bench.programs))
            sizes = {name: bench.sizes(name) for name in bench.programs}
        for name, points in sizes.items():
            tables.report_sizes(name, points)
        megabytes = {name: servers.stripped_megabytes(program) for name, program in bench.programs.items()}
        tables.report_programs(megabytes)
        tables.report_aims(table, megabytes)
    results = {"medians": table, "samples": bench.samples, "sizes": sizes, "megabytes": megabytes}
    options.output.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
