import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// The replacements for the kubelet and the clouds in the tests of identities: a container gets exactly what its
    /// pod specifies, and the clouds refuse wrong tokens.
    @Suite struct ContainerTests {
        private static let pod = """
            apiVersion: v1
            kind: Pod
            metadata:
              name: example
              annotations: {example.com/file: '{"a": 1}'}
            spec:
              serviceAccountName: reader
              automountServiceAccountToken: false
              containers:
              - name: main
                image: example
                env:
                - {name: FOLDER, value: /var/run/secrets/example}
                - {name: FILE, value: $(FOLDER)/token-$$(FOLDER)-$(NONE)}
                - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
                volumeMounts:
                - {name: all, mountPath: /var/run/secrets/example, readOnly: true}
                - {name: downward, mountPath: /etc/podinfo}
                - {name: scratch, mountPath: /var/run/scratch}
                - {name: all, mountPath: /opt/one-file, subPath: deep/settings, readOnly: true}
              volumes:
              - name: all
                projected:
                  defaultMode: 0440
                  sources:
                  - serviceAccountToken: {path: token, audience: sts.amazonaws.com, expirationSeconds: 7200}
                  - downwardAPI: {items: [{path: file.json, fieldRef: {fieldPath: "metadata.annotations['example.com/file']"}}]}
                  - configMap: {name: settings, items: [{key: a, path: deep/settings, mode: 0444}]}
                  - configMap: {name: none, items: [{key: a, path: none}], optional: true}
              - name: downward
                downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}
              - name: scratch
                emptyDir: {}
            """

        @Test func `A container sees exactly what its pod specifies, and nothing else of this machine`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            let (pod, _) = try await create(on: controlPlane)
            let run = try await LocalContainer("main", of: pod, on: controlPlane).python(
                """
                import json, os
                secrets = "/var/run/secrets/example"
                def read(path):
                    with open(path) as file: return file.read()
                def mode(path): return oct(os.stat(path).st_mode & 0o7777)
                def can_write(folder):
                    try: open(f"{folder}/new", "w").close()
                    except OSError: return False
                    return True
                print(json.dumps({
                    "user": os.getuid(), "variables": sorted(set(os.environ) - {"LC_CTYPE"}), "names": sorted(os.listdir(secrets)),
                    "token": [mode(f"{secrets}/token"), len(read(f"{secrets}/token").split("."))],
                    "file": [mode(f"{secrets}/file.json"), read(f"{secrets}/file.json")],
                    "settings": [mode(f"{secrets}/deep/settings"), read("/opt/one-file")],
                    "name": [mode("/etc/podinfo/name"), read("/etc/podinfo/name")],
                    "values": [os.environ["FILE"], os.environ["POD"]],
                    "writable": [path for path in (secrets, "/etc/podinfo", "/var/run/scratch") if can_write(path)],
                    "rest": sorted(os.listdir("/var/run") + os.listdir("/var/run/secrets") + os.listdir("/etc")),
                }))
                """
            )
            let seen = try APIObject(json: run.output)
            func texts(_ name: String) -> [String] { seen[name].elements.compactMap(\.string) }
            #expect(seen["user"] == .integer(65532))
            #expect(texts("values") == ["/var/run/secrets/example/token-$(FOLDER)-$(NONE)", "example"])
            // Except for a variable that Python adds.
            #expect(texts("variables") == ["FILE", "FOLDER", "HOME", "PATH", "POD"])
            #expect(texts("names") == ["..current", "..data", "deep", "file.json", "token"])
            // The token belongs to the pod's only user.
            #expect(seen["token"] == .array([.string("0o600"), .integer(3)]))
            #expect(texts("file") == ["0o440", #"{"a": 1}"#])
            #expect(texts("settings") == ["0o444", "from a ConfigMap"])
            #expect(texts("name") == ["0o644", "example"])
            #expect(texts("writable") == ["/var/run/scratch"])
            #expect(
                texts("rest") == [
                    "example", "hosts", "nsswitch.conf", "passwd", "podinfo", "scratch", "secrets", "ssl",
                ]
            )
        }

        @Test func `A cloud rejects forged tokens and those for other audiences or ServiceAccounts`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            let (pod, namespace) = try await create(on: controlPlane)
            let container = try await LocalContainer("main", of: pod, on: controlPlane)
            let other = try await controlPlane.token(
                serviceAccount: "default",
                namespace: namespace,
                audiences: ["sts.amazonaws.com"]
            )
            let run = try await container.python(
                """
                import base64, json, urllib.parse, urllib.request
                with open("/var/run/secrets/example/token") as file: good = file.read()
                head, claims, signature = good.split(".")
                forged = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).replace(b"reader", b"master")
                forged = ".".join([head, base64.urlsafe_b64encode(forged).decode().strip("="), signature])
                answers = []
                for token in (good, "\(other)", forged, "rubbish"):
                    form = {"Action": "AssumeRoleWithWebIdentity", "RoleArn": "r", "RoleSessionName": "s",
                            "WebIdentityToken": token}
                    body = urllib.parse.urlencode(form).encode()
                    try: answers.append(urllib.request.urlopen("https://sts.amazonaws.com/", body).status)
                    except urllib.error.HTTPError as error: answers.append(error.code)
                print(answers)
                """
            )
            #expect(run.output == "[200, 401, 401, 401]\n", "\(run)")
            #expect(run.tokens(shownTo: .aws).map(\.isAccepted) == [true, false, false, false])
            #expect(run.tokens(shownTo: .aws)[0] == (try .accepted(for: "sts.amazonaws.com", of: pod)))
            #expect(run.calls(to: .aws)[0]["seconds"] == .integer(7200))

            let wrong = try await container.call([.aws], audiences: [.aws: "sts.example.com"])
            #expect(wrong.result(of: .aws)["error"].string != nil)
            #expect(wrong.tokens(shownTo: .aws).allSatisfy { !$0.isAccepted })
        }

        private func create(on controlPlane: ControlPlane) async throws -> (pod: APIObject, namespace: String) {
            let namespace = try await controlPlane.makeNamespace("container")
            try await controlPlane.kubectl(["create", "serviceaccount", "reader", "-n", namespace])
            try await controlPlane.kubectl([
                "create", "configmap", "settings", "-n", namespace, "--from-literal=a=from a ConfigMap",
            ])
            return (try await controlPlane.create(Self.pod, namespace: namespace), namespace)
        }
    }
}
