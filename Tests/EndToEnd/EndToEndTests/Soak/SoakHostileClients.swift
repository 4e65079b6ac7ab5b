import JSON
import TestPrograms
import TestSupport

extension Soak {
    /// Starts hostile clients of the Service, and a tenant that may only create pods in one namespace. They run until
    /// they are ended.
    func annoy() async throws -> [RunningCommand] {
        let clients = try Command("python3", ["-c", Self.annoyance, address]).start()
        clients.write(try Fixtures.json("review-small.json").bytes)
        clients.write("\n")
        return [clients, try await runAsPodCreator("tenant", Self.tenant, [])]
    }

    /// Each attack has four clients, which start again when they are disconnected. The first line of standard input is
    /// a review.
    private static let annoyance = """
        import itertools, json, os, random, socket, ssl, subprocess, sys, threading, time
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        sample = json.loads(sys.stdin.readline())
        head = b"POST /mutate HTTP/1.1\\r\\nHost: a\\r\\nContent-Type: application/json\\r\\n"
        def plain(): return socket.create_connection((sys.argv[1], 443), timeout=60)
        def connect(): return context.wrap_socket(plain())
        def idle(client): client.recv(1)
        def headers(client):
            client.sendall(head)
            while True: client.sendall(b"X-More: and more\\r\\n"); time.sleep(0.05)
        def bodies(client):
            client.sendall(head + b"Transfer-Encoding: chunked\\r\\n\\r\\n")
            while True: client.sendall(b"4000\\r\\n" + b" " * 0x4000 + b"\\r\\n"); time.sleep(0.02)
        def huge(client):
            client.sendall(head + b"Content-Length: 209715200\\r\\n\\r\\n")
            for _ in range(3200): client.sendall(b" " * 65536)
        def garbage(client):
            while True: client.sendall(os.urandom(1000)); time.sleep(0.05)
        def post(client, change):
            review = json.loads(json.dumps(sample))
            change(review["request"]["object"])
            body = json.dumps(review).encode()
            client.sendall(head + b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
            return client.recv(65536)
        def names(client):
            while post(client, lambda pod: pod["metadata"].update(name="n" * 5000000)): time.sleep(1)
        def skips(client):
            text = ",".join(map("c{}".format, range(380000)))
            annotations = {"eks.amazonaws.com/skip-containers": text}
            while post(client, lambda pod: pod["metadata"].update(annotations=annotations)): time.sleep(1)
        def containers(client):
            some = [{"name": "c{}".format(number), "image": "i"} for number in range(1000)]
            while post(client, lambda pod: pod["spec"].update(containers=some)): time.sleep(1)
        def unknown(client):
            name = "unknown-{}".format(random.random())
            while post(client, lambda pod: pod["spec"].update(serviceAccountName=name, serviceAccount=name)):
                name = "unknown-{}".format(random.random())
        def churn(client): time.sleep(0.01)
        def again(connect, act):
            while True:
                try:
                    with connect() as client: act(client)
                except OSError: pass
                time.sleep(0.02 if act == churn else 0.5)
        def key_updates():
            while True:
                command = ["openssl", "s_client", "-connect", sys.argv[1] + ":443", "-tls1_3"]
                client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                try:
                    while client.poll() is None: client.stdin.write(b"K\\n"); client.stdin.flush(); time.sleep(0.01)
                except OSError: pass
                client.kill(); client.wait(); time.sleep(0.5)
        ways = [(plain, idle), (connect, idle), (connect, headers), (connect, bodies), (connect, huge), (connect, garbage),
                (plain, garbage), (plain, churn), (connect, names), (connect, skips), (connect, containers),
                (connect, unknown)]
        for make, act in ways:
            for _ in range(4): threading.Thread(target=again, args=(make, act), daemon=True).start()
        threading.Thread(target=key_updates, daemon=True).start()
        sys.stdin.read()
        os._exit(0)
        """

    /// Sends pods of nearly the maximum size through the API server, which calls mutating webhooks before it validates
    /// them.
    private static let tenant = """
        import http.client, itertools, json, os, ssl, sys, threading, time
        context = ssl.create_default_context(cafile=sys.argv[2])
        context.check_hostname = False
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ["TOKEN"]}
        prefix = "eks.amazonaws.com/"
        def pod(metadata=None, **spec):
            spec = {"serviceAccountName": "probe", "containers": [{"name": "c", "image": "i"}], **spec}
            return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata or {"generateName": "t-"}, "spec": spec}
        def annotated(name, text): return pod({"generateName": "t-", "annotations": {prefix + name: text}})
        variables = [{"name": "AWS_PROFILE", "value": "v"}] * 60000
        some = [{"name": "c{}".format(number), "image": "i"} for number in range(1000)]
        pods = [
            pod({"name": "n" * 2500000}), pod(serviceAccountName="n" * 2500000),
            annotated("skip-containers", ",".join(map("c{}".format, range(300000)))),
            annotated("token-expiration", "1\\n" * 1200000),
            pod(containers=[{"name": "n" * 2500000, "image": "i"}]),
            pod(containers=[{"name": "c", "image": "i", "env": variables}]), pod(containers=some),
        ]
        bodies = [json.dumps(pod) for pod in pods]
        def work():
            for body in itertools.cycle(bodies):
                try:
                    client = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[1]), context=context, timeout=40)
                    client.request("POST", "/api/v1/namespaces/" + sys.argv[3] + "/pods?dryRun=All", body, headers)
                    client.getresponse().read()
                    client.close()
                except Exception: pass
                time.sleep(0.5)
        threading.Thread(target=work, daemon=True).start()
        sys.stdin.read()
        os._exit(0)
        """
}
