import Foundation
import TestPrograms
import TestSupport

extension Soak {
    /// A pod that a client tried to create.
    struct Pod: Decodable {
        /// The time of the response, in seconds since 1970.
        let time: Double
        /// `made` if the pod has its role, `missed` if it does not, `refused` because of the webhook, or `unavailable`
        /// without an API server or etcd.
        let result: String
        let text: String
    }

    /// Creates pods at this rate per second until its input ends.
    func makePods(rate: Double) async throws -> RunningCommand {
        let pod = try InstallManifest.restricted(
            #"{"apiVersion":"v1","kind":"Pod","spec":{"serviceAccountName":"probe","#
                + #""automountServiceAccountToken":false,"containers":[{"name":"main","image":"example"}]}}"#
        )
        return try await runAsPodCreator("maker", Self.podMaker, ["\(rate)", pod])
    }

    /// Runs a Python program as a ServiceAccount that may only create pods in this namespace. Its arguments are the API
    /// server's port, the file of its CA, and the namespace, followed by the given ones.
    func runAsPodCreator(_ name: String, _ program: String, _ arguments: [String]) async throws -> RunningCommand {
        try await controlPlane.kubectl(["create", "serviceaccount", name, "-n", namespace])
        try await controlPlane.kubectl(["create", "role", name, "--verb=create", "--resource=pods", "-n", namespace])
        try await controlPlane.kubectl([
            "create", "rolebinding", name, "--role=\(name)", "--serviceaccount=\(namespace):\(name)", "-n", namespace,
        ])
        try await eventually("the permissions of the ServiceAccount \(name)") {
            let account = "system:serviceaccount:\(namespace):\(name)"
            return try await controlPlane.may(account, Access("create", "pods"), in: namespace)
        }
        let token = try await controlPlane.token(serviceAccount: name, namespace: namespace, expiration: 7200)
        let port = controlPlane.server.split(separator: ":").last ?? ""
        return try Command(
            "python3",
            ["-c", program, "\(port)", controlPlane.authorityFile, namespace] + arguments,
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
        pod = json.loads(sys.argv[5])
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
            result, text = ask(json.dumps({**pod, "metadata": metadata}))
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
}
