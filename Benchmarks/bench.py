#!/usr/bin/env python3
"""Compares the webhook with nginx that answers the same bytes to the same requests: see docs/performance.md.

The two run one after the other, in several rounds, on a core of their own each time; the table has the medians."""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import servers
from servers import FIXTURES, ROOT, Nginx, Webhook, post, wait_until

REVIEWS = {name: FIXTURES / f"review-{name}.json" for name in ["small", "airflow"]}


class Load:
    """What wrk did to a server, and what it cost."""

    def __init__(self, server, review, file, *, connections, seconds, core, keeps_alive=True):
        script = ROOT / "Benchmarks/post.lua"
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, server.url(review), "--", file]
        if core is not None:
            command = ["taskset", "--cpu-list", core, *command]
        before = server.cpu_seconds()
        output = subprocess.run(
            [*map(str, command), "keep-alive" if keeps_alive else "close"], check=True, capture_output=True, text=True
        ).stdout
        result = json.loads(output.splitlines()[-1])
        if result["errors"] or not result["requests"]:
            raise RuntimeError(f"{server.name}: {output}")
        self.cpu_microseconds = (server.cpu_seconds() - before) * 1e6 / result["requests"]
        self.rate = result["requests"] * 1e6 / result["microseconds"]
        self.p50, self.p99 = result["p50"], result["p99"]


class Bench:
    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.samples = {}

    def sample(self, row, server, value):
        self.samples.setdefault(row, {}).setdefault(server.name, []).append(value)

    def load(self, server, review, file=None, **how):
        how = {"seconds": self.options.seconds, "core": self.options.client_core, **how}
        return Load(server, review, file or REVIEWS[review], **how)

    def webhook(self):
        accounts = self.work / "service-accounts.yaml"
        accounts.write_text(servers.SERVICE_ACCOUNTS)
        flags = [f"--service-accounts={accounts}"]
        return Webhook(servers.program(self.options.build), self.work, flags, self.options.server_core)

    def answers(self):
        with self.webhook() as webhook:
            wait_until("the webhook", webhook.is_ready)
            answers = {
                name: post(webhook.url(name), file, self.work / "ca.crt").decode() for name, file in REVIEWS.items()
            }
        for name, answer in answers.items():
            if '"patch":' not in answer:
                raise RuntimeError(f"{name} gets no role: {answer}")
        return answers

    def measure(self, server):
        for review in REVIEWS:
            busy = self.load(server, review, connections=16)
            self.sample(f"CPU a review, {review} (us)", server, busy.cpu_microseconds)
            self.sample(f"reviews/s, {review}", server, busy.rate)
            alone = self.load(server, review, connections=1)
            self.sample(f"latency p50, 1 connection, {review} (us)", server, alone.p50)
            self.sample(f"latency p99, 1 connection, {review} (us)", server, alone.p99)
        handshakes = self.load(server, "small", connections=16, keeps_alive=False)
        self.sample("handshakes/s", server, handshakes.rate)
        self.sample("handshakes in a second of CPU", server, 1e6 / handshakes.cpu_microseconds)

    def run(self):
        answers = self.answers()
        makers = [self.webhook, lambda: Nginx(self.work, answers, self.options.server_core)]
        for number in range(self.options.rounds):
            for make in makers if number % 2 else reversed(makers):
                with make() as server:
                    wait_until(server.name, server.is_ready)
                    for review, file in REVIEWS.items():
                        same_length(answers[review], post(server.url(review), file, self.work / "ca.crt"))
                    self.load(server, "small", connections=16, seconds=1)
                    self.measure(server)
            print(f"round {number + 1} of {self.options.rounds}", file=sys.stderr)

    def sizes(self, largest):
        """CPU time of a review against its size, in both directions of a straight line through it."""
        points = []
        with self.webhook() as webhook:
            wait_until("the webhook", webhook.is_ready)
            for size in [size for size in [3000, 10000, 30000, 100000, 300000, 1000000, 3000000] if size <= largest]:
                file = self.work / f"review-{size}.json"
                file.write_text(review_of_size(size))
                loads = [self.load(webhook, "small", file, connections=4) for _ in range(3)]
                points.append((file.stat().st_size, statistics.median(load.cpu_microseconds for load in loads)))
        return points


def same_length(expected, actual):
    """nginx must answer as many bytes; the content is that of another moment only where the program is random."""
    if len(expected.encode()) != len(actual):
        raise RuntimeError(f"{len(actual)} bytes were answered in place of {len(expected.encode())}")


def review_of_size(size):
    """The small review, with more variables in its container's environment until it is large enough."""
    review = json.loads(REVIEWS["small"].read_text())
    container = review["request"]["object"]["spec"]["containers"][0]
    variables = [{"name": f"SETTING_{number:06}", "value": f"the value of setting {number}"} for number in range(size // 50)]
    length = len(json.dumps(variables[-1], separators=(",", ":"))) + 1
    missing = size - len(json.dumps(review, separators=(",", ":")))
    container["env"] = container.get("env", []) + variables[: max(missing // length, 0)]
    return json.dumps(review, separators=(",", ":"))


def straight_line(points):
    """Least squares of the relative errors: the large sizes would hide the small ones otherwise."""
    weights = [1 / cost**2 for _, cost in points]
    total = sum(weights)
    mean_x = sum(w * x for w, (x, _) in zip(weights, points)) / total
    mean_y = sum(w * y for w, (_, y) in zip(weights, points)) / total
    covariance = sum(w * (x - mean_x) * (y - mean_y) for w, (x, y) in zip(weights, points))
    slope = covariance / sum(w * (x - mean_x) ** 2 for w, (x, _) in zip(weights, points))
    return mean_y - slope * mean_x, slope


def report(samples):
    """Prints the medians as a table in Markdown, and returns them. The ratio is the median of those of the rounds: what
    else the machine does slows both servers of a round."""
    medians = {}
    print("| median | webhook | nginx | ratio |\n|---|--:|--:|--:|")
    for row, both in samples.items():
        median = {name: statistics.median(of) for name, of in both.items()}
        median["ratio"] = statistics.median(w / n for w, n in zip(both["webhook"], both["nginx"]))
        print(f"| {row} | {median['webhook']:.1f} | {median['nginx']:.1f} | {median['ratio']:.2f} |")
        medians[row] = median
    return medians


def report_sizes(points):
    start, slope = straight_line(points)
    print(f"\nThe line: {start:.0f} us + {slope * 1000:.2f} us for 1000 bytes\n")
    print("| bytes of the review | CPU (us) | of the line |\n|--:|--:|--:|")
    for size, cost in points:
        print(f"| {size} | {cost:.0f} | {cost / (start + slope * size):.2f} |")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="for each load in a round")
    parser.add_argument("--server-core", default="0")
    parser.add_argument("--client-core", default="1")
    parser.add_argument("--build", default="release", choices=["debug", "release"])
    parser.add_argument("--largest", type=int, default=3000000, help="bytes of the largest review, 10000 at least")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / ".build/bench.json")
    options = parser.parse_args()
    if options.largest < 10000:
        parser.error("a line goes through two points: --largest is 10000 or more")
    return options


def main():
    options = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        servers.make_certificate(work)
        bench = Bench(options, work)
        bench.run()
        medians = report(bench.samples)
        points = bench.sizes(options.largest)
        report_sizes(points)
    options.output.write_text(json.dumps({"medians": medians, "samples": bench.samples, "sizes": points}, indent=1))


if __name__ == "__main__":
    main()
