"""Only etcd and kube-apiserver, with very many ServiceAccounts written directly into etcd: the API server reads JSON from it
as well as the protocol buffers that it writes itself."""

import base64
import http.client
import json
import os
import pathlib
import ssl
import subprocess
import urllib.error
import urllib.request
import uuid

from servers import ROOT, Server, free_port, wait_until

ACCEPT = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json"
CACHED_LIST = "/api/v1/serviceaccounts?resourceVersion=0"
TOKEN = "benchmark"


def assets():
    command = ROOT / "scripts/control-plane.sh"
    return pathlib.Path(subprocess.run([command], check=True, capture_output=True, text=True).stdout.strip())


class ControlPlane:
    """Stopped at the end of the context."""

    def __init__(self, work):
        self.work = work
        self.folder = assets()
        self.etcd_port, peer, self.port = free_port(), free_port(), free_port()
        peers = f"http://127.0.0.1:{peer}"
        self.etcd = Server(
            "etcd",
            [
                self.folder / "etcd",
                f"--data-dir={work}/etcd",
                f"--listen-client-urls={self.etcd_url}",
                f"--advertise-client-urls={self.etcd_url}",
                f"--listen-peer-urls={peers}",
                f"--initial-advertise-peer-urls={peers}",
                f"--initial-cluster=default={peers}",
                "--unsafe-no-fsync",
            ],
            work / "etcd.log",
        )
        self.api_server = None

    @property
    def etcd_url(self):
        return f"http://127.0.0.1:{self.etcd_port}"

    def __enter__(self):
        wait_until("etcd", self.etcd_is_ready)
        return self

    def __exit__(self, *_):
        for server in [self.api_server, self.etcd]:
            if server:
                server.process.kill()
                server.process.wait()

    def etcd_is_ready(self):
        self.etcd.check()
        try:
            return json.load(urllib.request.urlopen(f"{self.etcd_url}/health"))["health"] == "true"
        except (urllib.error.URLError, ConnectionError):
            return False

    def add_service_accounts(self, count):
        """A fifth of them has a role. There are 100 in each namespace, with the managed fields that kubectl sets."""
        connection = http.client.HTTPConnection("127.0.0.1", self.etcd_port)
        batch = []
        for number in range(count):
            account = service_account(number)
            metadata = account["metadata"]
            key = f"/registry/serviceaccounts/{metadata['namespace']}/{metadata['name']}"
            batch.append({"requestPut": {"key": base64_text(key), "value": base64_text(json.dumps(account))}})
            if len(batch) == 100 or number == count - 1:
                connection.request("POST", "/v3/kv/txn", json.dumps({"success": batch}))
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"etcd: {body}")
                batch = []

    def start_api_server(self):
        key, token = self.work / "service-accounts.key", self.work / "tokens.csv"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        token.write_text(f"{TOKEN},benchmark,benchmark,system:masters\n")
        flags = [
            f"--etcd-servers={self.etcd_url}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self.port}",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--tls-cert-file={self.work}/tls.crt",
            f"--tls-private-key-file={self.work}/tls.key",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={key}",
            f"--service-account-key-file={key}",
            f"--token-auth-file={token}",
            "--authorization-mode=RBAC",
        ]
        command = [self.folder / "kube-apiserver", *flags]
        self.api_server = Server("kube-apiserver", command, self.work / "kube-apiserver.log")
        wait_until("the API server", self.is_ready, 120)

    def is_ready(self):
        self.api_server.check()
        try:
            return self.get("/readyz") == b"ok"
        except (OSError, http.client.HTTPException, RuntimeError):
            return False

    def get(self, path, accept=ACCEPT):
        trust = ssl.create_default_context(cafile=self.work / "ca.crt")
        connection = http.client.HTTPSConnection("localhost", self.port, context=trust)
        connection.request("GET", path, headers={"Accept": accept, "Authorization": f"Bearer {TOKEN}"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(answer.read())
        return answer.read()

    def count(self):
        """The ServiceAccounts that the API server has in its cache."""
        return len(json.loads(self.get(CACHED_LIST, "application/json"))["items"])

    def curl_seconds(self):
        """From the start of curl to its end: the list from the API server's cache."""
        command = ["curl", "--silent", "--show-error", "--fail", "--http1.1", "--cacert", self.work / "ca.crt"]
        headers = ["--header", "Accept: application/json", "--header", f"Authorization: Bearer {TOKEN}"]
        url = f"https://localhost:{self.port}{CACHED_LIST}"
        before = os.times()
        subprocess.run([*map(str, command), *headers, "--output", "/dev/null", url], check=True)
        return os.times().elapsed - before.elapsed

    def kubeconfig(self):
        """Written as JSON, which is valid YAML."""
        path = self.work / "kubeconfig"
        cluster = {"server": f"https://localhost:{self.port}", "certificate-authority": f"{self.work}/ca.crt"}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "benchmark", "cluster": cluster}],
            "users": [{"name": "benchmark", "user": {"token": TOKEN}}],
            "contexts": [{"name": "benchmark", "context": {"cluster": "benchmark", "user": "benchmark"}}],
            "current-context": "benchmark",
        }
        path.write_text(json.dumps(config))
        return path


def service_account(number):
    metadata = {
        "name": f"application-{number:05}",
        "namespace": f"team-{number // 100:03}",
        "uid": str(uuid.uuid4()),
        "creationTimestamp": "2026-11-21T09:04:06Z",
        "labels": {"app.kubernetes.io/name": f"application-{number:05}"},
    }
    fields = {"f:metadata": {"f:labels": {".": {}, "f:app.kubernetes.io/name": {}}}}
    if number % 5 == 0:
        role = f"arn:aws:iam::111122223333:role/team-{number // 100:03}/application-{number:05}"
        metadata["annotations"] = {"eks.amazonaws.com/role-arn": role}
        fields["f:metadata"]["f:annotations"] = {".": {}, "f:eks.amazonaws.com/role-arn": {}}
    metadata["managedFields"] = [
        {
            "manager": "kubectl-client-side-apply",
            "operation": "Update",
            "apiVersion": "v1",
            "time": "2026-11-21T09:04:06Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        }
    ]
    secret = {"name": f"application-{number:05}-token-abcde"}
    return {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": metadata, "secrets": [secret]}


def base64_text(text):
    return base64.b64encode(text.encode()).decode()
