import Foundation
import TestSupport

extension Soak {
    /// A pod that was asked for.
    struct Pod: Decodable {
        /// In seconds since 1970, when the answer came.
        let time: Double
        /// `made`, with its role; `missed`, without; `refused`, because of the webhook; or `unavailable`, because there was
        /// no API server or etcd to ask.
        let result: String
        let text: String
    }

    /// Asks for pods, so many a second, until its input ends.
    func makePods(rate: Double) async throws -> RunningCommand {
        let account = "system:serviceaccount:\(namespace):maker"
        try await controlPlane.kubectl(["create", "serviceaccount", "maker", "-n", namespace])
        try await controlPlane.kubectl([
            "create", "clusterrolebinding", "maker", "--clusterrole=cluster-admin",
            "--serviceaccount=\(namespace):maker",
        ])
        try await eventually("the rights of the account that makes pods") {
            try await controlPlane.may(account, Access("create", "pods"), in: namespace)
        }
        let token = try await controlPlane.token(serviceAccount: "maker", namespace: namespace, expiration: 7200)
        let port = controlPlane.server.split(separator: ":").last ?? ""
        return try Command(
            "python3",
            ["-c", Self.podMaker, "\(port)", controlPlane.authorityFile, namespace, "\(rate)"],
            environment: ["TOKEN": token]
        ).start()
    }

    static func pods(_ output: String) throws -> [Pod] {
        try output.split(separator: "\n").map { try JSONDecoder().decode(Pod.self, from: Data($0.utf8)) }
    }

    private static let podMaker = """
        import http.client, itertools, json, os, ssl, sys, threading, time
        context = ssl.create_default_context(cafile=sys.argv[2])
        context.check_hostname = False
        # Of names that the API server makes up, two of some thousands are the same now and then, which it refuses.
        names = map("soak-{}".format, itertools.count())
        spec = {"serviceAccountName": "probe", "automountServiceAccountToken": False,
            "containers": [{"name": "main", "image": "example"}]}
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ["TOKEN"]}
        lock, over = threading.Lock(), threading.Event()
        def ask(pod):
            client = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[1]), context=context, timeout=40)
            try:
                client.request("POST", "/api/v1/namespaces/" + sys.argv[3] + "/pods", pod, headers)
                answer = client.getresponse()
                text = answer.read().decode()
                if answer.status == 201: return ("made" if "AWS_ROLE_ARN" in text else "missed"), ""
                return ("refused" if "webhook" in text else "unavailable"), text
            except Exception as error: return "unavailable", repr(error)
            finally: client.close()
        def work(name):
            metadata = {"name": name}
            result, text = ask(json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}))
            with lock: print(json.dumps({"time": time.time(), "result": result, "text": text[:600]}), flush=True)
        threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
        workers, due = [], time.time()
        while not over.wait(max(0, due - time.time())):
            due = max(due + 1 / float(sys.argv[4]), time.time() - 1)
            workers = [worker for worker in workers if worker.is_alive()]
            if len(workers) < 50:
                workers.append(threading.Thread(target=work, args=[next(names)])); workers[-1].start()
        for worker in workers: worker.join()
        """

    /// Clients of the Service that mean no good, until they are ended.
    func annoy() throws -> RunningCommand { try Command("python3", ["-c", Self.annoyance, address]).start() }

    private static let annoyance = """
        import os, socket, ssl, sys, threading, time
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
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
        def again(connect, act):
            while True:
                try:
                    with connect() as client: act(client)
                except OSError: pass
                time.sleep(0.5)
        for make, act in [(plain, idle), (connect, idle), (connect, headers), (connect, bodies), (connect, huge),
                          (connect, garbage), (plain, garbage)]:
            for _ in range(4): threading.Thread(target=again, args=(make, act), daemon=True).start()
        sys.stdin.read()
        os._exit(0)
        """
}
