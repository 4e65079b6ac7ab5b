"""The servers to measure, each a single process on a single core."""

import os
import pathlib
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "Tests/TestSupport/Fixtures"
SERVICE_ACCOUNTS = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: app
  namespace: default
  annotations:
    eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/app
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(what, condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.02)


class Server:
    """A child process that is stopped at the end of the context."""

    def __init__(self, name, command, log, core=None):
        self.name = name
        pinned = ["taskset", "--cpu-list", str(core)] if core is not None else []
        with open(log, "wb") as output:
            self.process = subprocess.Popen([*pinned, *map(str, command)], stdout=output, stderr=output)
        self.log = log
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def check(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {pathlib.Path(self.log).read_text()[-2000:]}")

    def cpu_seconds(self):
        """The user and system time of all threads, from proc(5)."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, field="VmRSS"):
        """In MB of 10^6 bytes: VmRSS is the resident memory, RssAnon the part of it that is not mapped from files, and VmHWM
        the peak of the resident memory."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024 / 1e6
        raise KeyError(field)


class Peer(Server):
    """A webhook with the flags of the Amazon EKS pod identity webhook. It is ready once it assigns a known ServiceAccount's
    role: its health endpoint does not tell whether it has read the ServiceAccounts."""

    def __init__(self, name, program, work, flags, core=None):
        self.port, self.metrics_port, self.work = free_port(), free_port(), work
        given = [
            "--in-cluster=false",
            f"--tls-cert={work}/tls.crt",
            f"--tls-key={work}/tls.key",
            f"--port={self.port}",
            f"--metrics-port={self.metrics_port}",
        ]
        super().__init__(name, [program, *given, *flags], work / f"{name}.log", core)

    def url(self, _review):
        return f"https://localhost:{self.port}/mutate?timeout=10s"

    def is_ready(self):
        self.check()
        try:
            return b'"patch":' in post(self.url("small"), FIXTURES / "review-small.json", self.work / "ca.crt")
        except subprocess.CalledProcessError:
            return False


class Webhook(Peer):
    """This project's webhook, with `flags` that say where its ServiceAccounts come from."""

    def __init__(self, program, work, flags, core=None):
        super().__init__("webhook", program, work, ["--shutdown-delay=0s", *flags], core)

    def is_ready(self):
        self.check()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError):
            return False


class Nginx(Server):
    """Answers each review with the same bytes as the webhook. `return` makes nginx read, decrypt and discard the body
    before the next request on the connection: a server that looks at the body cannot do less work."""

    def __init__(self, work, answers, core=None):
        self.port = free_port()
        locations = "\n".join(
            f"location = /{review} {{ default_type application/json; return 200 '{body}'; }}"
            for review, body in answers.items()
        )
        configuration = work / "nginx.conf"
        configuration.write_text(
            f"""
            daemon off;
            master_process off;
            pid {work}/nginx.pid;
            error_log {work}/nginx-error.log;
            events {{ worker_connections 1024; }}
            http {{
                access_log off;
                server_tokens off;
                keepalive_requests 1000000000;
                client_max_body_size 7m;
                client_body_temp_path {work}/nginx-body;
                proxy_temp_path {work}/nginx-proxy;
                fastcgi_temp_path {work}/nginx-fastcgi;
                uwsgi_temp_path {work}/nginx-uwsgi;
                scgi_temp_path {work}/nginx-scgi;
                server {{
                    listen 127.0.0.1:{self.port} ssl;
                    server_name localhost;
                    ssl_certificate {work}/tls.crt;
                    ssl_certificate_key {work}/tls.key;
                    ssl_protocols TLSv1.2 TLSv1.3;
                    ssl_session_tickets off;
                    ssl_session_cache off;
                    {locations}
                }}
            }}
            """
        )
        super().__init__("nginx", ["nginx", "-p", work, "-c", configuration], work / "nginx.log", core)

    def url(self, review):
        return f"https://localhost:{self.port}/{review}"

    def is_ready(self):
        self.check()
        return is_open(self.port)


def post(url, review_file, authority):
    """Posts a file with curl, and returns the body of the response."""
    command = ["curl", "--silent", "--show-error", "--fail", "--cacert", authority, "--data-binary", f"@{review_file}"]
    return subprocess.run(
        [*map(str, command), "--header", "Content-Type: application/json", url], check=True, capture_output=True
    ).stdout


def make_certificate(work):
    subprocess.run(
        [ROOT / "certs/make.sh", "-o", work, "localhost", "127.0.0.1"], check=True, stdout=subprocess.DEVNULL
    )


def program(build):
    """The webhook's program from a `debug` or `release` build."""
    path = subprocess.run(
        ["swift", "build", "-c", build, "--show-bin-path"], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout.strip()
    return pathlib.Path(path) / "pod-identity-webhook"


def stripped_megabytes(program):
    """The size of a program without its symbols, in MB of 10^6 bytes."""
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(["strip", "-o", stripped.name, program], check=True)
        return pathlib.Path(stripped.name).stat().st_size / 1e6
