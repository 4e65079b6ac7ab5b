"""Runs wrk against a server, and makes reviews of any size."""

import json
import subprocess

from servers import FIXTURES, ROOT

REVIEWS = {name: FIXTURES / f"review-{name}.json" for name in ["small", "airflow"]}


class Load:
    """The results of running wrk against a server, and the CPU time that the server used."""

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


def review_of_size(size):
    """The small review with as many additional environment variables in its container as the size requires."""
    review = json.loads(REVIEWS["small"].read_text())
    container = review["request"]["object"]["spec"]["containers"][0]
    variables = [{"name": f"SETTING_{number:06}", "value": f"the value of setting {number}"} for number in range(size // 50)]
    length = len(json.dumps(variables[-1], separators=(",", ":"))) + 1
    missing = size - len(json.dumps(review, separators=(",", ":")))
    container["env"] = container.get("env", []) + variables[: max(missing // length, 0)]
    return json.dumps(review, separators=(",", ":"))
