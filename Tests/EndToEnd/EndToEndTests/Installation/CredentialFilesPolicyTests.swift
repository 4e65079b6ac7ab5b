import Foundation
import JSON
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// deploy/optional/credential-files.yaml.
    @Suite struct CredentialFilesPolicyTests {
        private static let name = "pod-identity-webhook-credential-files"
        private static let google = "cloud.google.com/external-credentials-json"

        private static func policy() throws -> APIObject {
            let path = Deploy.path("optional/credential-files.yaml")
            return try InstallManifest(yaml: String(contentsOfFile: path, encoding: .utf8))[
                "ValidatingAdmissionPolicy"
            ]
        }

        /// A request as the policy's expressions receive it, and its expected result.
        private struct Trial {
            var operation = "UPDATE"
            var groups: [String]? = ["system:serviceaccounts", "system:authenticated"]
            /// Nil means no annotations at all.
            var before: [String: String]?
            var after: [String: String]?
            /// The annotation because of which the request is refused; nil if it is allowed.
            var refused: String?

            private static func object(_ annotations: [String: String]?) -> APIObject {
                let texts = annotations.map { APIObject.object($0.mapValues(APIObject.string)) }
                return .object(["metadata": .object(texts.map { ["annotations": $0] } ?? [:])])
            }

            var input: APIObject {
                let groups = groups.map { ["groups": APIObject.array($0.map(APIObject.string))] } ?? [:]
                return .object([
                    "request": .object(["operation": .string(operation), "userInfo": .object(groups)]),
                    "object": Self.object(after),
                    "oldObject": operation == "UPDATE" ? Self.object(before) : .null,
                ])
            }
        }

        private static let other = "identity.example.com/external-credentials-json"

        private static let trials = [
            Trial(before: [google: "a"], after: [google: "b"], refused: google),
            Trial(before: [google: "a"], after: [google: "a"]),
            Trial(before: [google: "a", "note": "1"], after: [google: "a", "note": "2", "more": "3"]),
            Trial(before: [google: "a"], after: ["note": "1"], refused: google),
            Trial(before: [google: "a"], after: nil, refused: google),
            Trial(before: nil, after: [google: "b"], refused: google),
            Trial(before: nil, after: nil), Trial(before: nil, after: ["note": "1"]),
            Trial(before: ["note": "1"], after: nil),
            Trial(before: [google: ""], after: [google: "b"], refused: google),
            Trial(before: [other: "a"], after: [other: "b"], refused: other),
            Trial(
                before: ["p/snowflake.connections.toml": "a"],
                after: ["p/snowflake.connections.toml": "b"],
                refused: "p/snowflake.connections.toml"
            ),
            Trial(before: [:], after: ["external-credentials-json": "a", "x/my-external-credentials-json": "a"]),
            // The API server copies a Binding's annotations to the pod.
            Trial(operation: "CREATE", after: [google: "b"], refused: google),
            Trial(operation: "CREATE", after: ["note": "1"]), Trial(operation: "CREATE", after: nil),
            Trial(groups: ["system:masters"], before: [google: "a"], after: [google: "b"]),
            Trial(groups: ["masters", "system:nodes"], before: [google: "a"], after: nil, refused: google),
            Trial(groups: [], before: [google: "a"], after: [google: "b"], refused: google),
            Trial(groups: nil, before: [google: "a"], after: [google: "b"], refused: google),
        ]

        /// Evaluates the policy as the API server does: a request that does not match all match conditions is allowed.
        private static let script = """
            import cel, json, sys
            policy, trials = json.load(sys.stdin)
            def decide(trial):
                context = cel.Context()
                for name, value in trial.items():
                    context.add_variable(name, value)
                spec = policy["spec"]
                if not all(cel.evaluate(c["expression"], context) for c in spec["matchConditions"]):
                    return ""
                variables = {}
                for variable in spec["variables"]:
                    context.add_variable("variables", variables)
                    variables[variable["name"]] = cel.evaluate(variable["expression"], context)
                context.add_variable("variables", variables)
                for validation in spec["validations"]:
                    if not cel.evaluate(validation["expression"], context):
                        return cel.evaluate(validation["messageExpression"], context)
                return ""
            json.dump([decide(trial) for trial in trials], sys.stdout)
            """

        @Test func `The policy's expressions deny only changes to credential files, unless the user is exempt`()
            async throws
        {
            let input = APIObject.array([try Self.policy(), .array(Self.trials.map(\.input))])
            let tree = try JSONTree(parsing: Array(input.description.utf8))
            let answers = try await Python.json(Self.script, tree).elements ?? []
            try #require(answers.count == Self.trials.count)
            for (trial, answer) in zip(Self.trials, answers) {
                let message = trial.refused.map {
                    "the annotation \($0) holds credentials of the pod and cannot be changed; replace the pod"
                }
                #expect(answer.string == message ?? "", "\(trial)")
            }
        }

        @Test func `The policy matches all ways to change a pod's annotations`() throws {
            let rules = try Self.policy()["spec"]["matchConstraints"]["resourceRules"].elements
            let resources = rules.map { rule in
                rule["operations"].elements.flatMap { operation in
                    rule["resources"].elements.map { "\(operation.string ?? "") \($0.string ?? "")" }
                }
            }
            #expect(
                Set(resources.joined()) == [
                    "UPDATE pods", "UPDATE pods/status", "UPDATE pods/ephemeralcontainers", "UPDATE pods/resize",
                    "CREATE bindings", "CREATE pods/binding",
                ]
            )
        }

        @Test func `The policy protects the files of all profiles in deploy/profiles`() async throws {
            let text = try Self.policy()["spec"]["variables"].named("names")["expression"].string ?? ""
            #expect(text.contains("'external-credentials-json'"))
            let folder = Deploy.path("profiles")
            let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
            for file in files {
                let yaml = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
                let profile = try #require(try InstallManifest(yaml: yaml).objects.first)
                for name in Self.fileAnnotations(of: profile) {
                    #expect(text.contains("'\(name)'"), "\(file): \(name)")
                }
            }
        }

        /// The annotations' names without prefixes. A file without its own annotation uses one that is named after the
        /// profile and the file.
        private static func fileAnnotations(of profile: APIObject) -> [String] {
            let files = profile["volumes"].elements.flatMap { $0["sources"].elements }.map { $0["file"] }
            return files.filter { $0 != .null }.map { file in
                let path = (file["path"].string ?? "").replacing("/", with: ".")
                let name = file["annotation"].string ?? "\(profile["profile"].string ?? "").\(path)"
                return name.split(separator: "/").last.map(String.init) ?? name
            }
        }

        /// Only Kubernetes 1.30 and later have policies.
        @Test func `The API server denies changes to credential files and allows others`() async throws {
            let controlPlane = try await ControlPlane.shared()
            let kinds = try await controlPlane.kubectl([
                "api-resources", "--api-group=admissionregistration.k8s.io", "-o", "name",
            ])
            guard kinds.contains("validatingadmissionpolicies.") else { return }
            try await controlPlane.kubectl(["apply", "-f", Deploy.path("optional/credential-files.yaml")])
            let namespace = try await controlPlane.makeNamespace("files")
            try await controlPlane.apply(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: app, annotations: {\(Self.google): a}}
                spec: {automountServiceAccountToken: false, containers: [{name: main, image: example}]}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: editor}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
                subjects: [{kind: ServiceAccount, name: default, namespace: \(namespace)}]
                """,
                namespace: namespace
            )
            let editor = try await controlPlane.kubeconfig(serviceAccount: "default", namespace: namespace)
            func annotate(_ annotation: String) async throws {
                try await controlPlane.kubectl(
                    ["annotate", "pod", "app", "-n", namespace, "--overwrite", annotation],
                    kubeconfig: editor
                )
            }
            // The API server takes a moment to know a new policy, and a new right.
            try await eventually("the policy", log: controlPlane.logTails) {
                do {
                    try await annotate("\(Self.google)=b")
                    return false
                } catch {
                    return "\(error)".contains("cannot be changed; replace the pod")
                }
            }
            try await annotate("note=1")
            await #expect(throws: CommandError.self) { try await annotate("\(Self.google)-") }
            try await controlPlane.kubectl(["delete", "-f", Deploy.path("optional/credential-files.yaml")])
            try await controlPlane.kubectl(["delete", "namespace", namespace, "--wait=false"])
        }
    }
}
