import Foundation
import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// The real AWS CLI with a pod's variables and a token from the real API server, against a local STS.
    @Suite struct AWSTests {
        @Test func `The AWS CLI in a pod assumes the pod's role, and then a role in another account`()
            async throws
        {
            let sts = try await LocalSTS.start()
            try await Installation.with(flags: ["--aws-default-region=eu-central-1"]) { installation in
                try await installation.createServiceAccount("reports", role: "reports")
                let manifest = Manifest.pod(serviceAccount: "reports")
                _ = try await installation.dryRun(manifest, untilRole: "reports")
                let pod = try await installation.create(manifest)
                let wanted = try #require(Identity.projectedToken(in: pod))
                let token = try await installation.controlPlane.token(for: pod, asking: wanted)
                try await verify(token, with: installation.controlPlane)

                for container in pod["spec"]["initContainers"].elements + pod["spec"]["containers"].elements {
                    let environment = try ContainerEnvironment(
                        container,
                        fileVariable: "AWS_WEB_IDENTITY_TOKEN_FILE",
                        token: token
                    )
                    let identity = try await environment.aws(["sts", "get-caller-identity"], sts: sts.url)
                    let arn = try #require(identity["Arn"].string)
                    #expect(arn.hasPrefix("arn:aws:sts::111122223333:assumed-role/reports/"))

                    let target = "arn:aws:iam::444455556666:role/warehouse"
                    let second = ["sts", "assume-role", "--role-arn", target, "--role-session-name", "etl"]
                    let assumed = try await environment.aws(second, sts: sts.url)
                    #expect(
                        assumed["AssumedRoleUser"]["Arn"].string
                            == "arn:aws:sts::444455556666:assumed-role/warehouse/etl"
                    )
                }
            }
            await sts.stop()
        }

        @Test func `The AWS CLI with container credentials exchanges the pod's token for the agent's credentials`()
            async throws
        {
            let sts = try await LocalSTS.start()
            let folder = try TemporaryDirectory()
            let agent = try CredentialsAgent.start(tokenFile: folder.path("expected"))
            let identities = folder.path("identities.json")
            let flags = [
                "--aws-default-region=eu-central-1",
                "--watch-container-credentials-config=\(identities)", "--container-credentials-full-uri=\(agent.url)",
            ]
            try folder.write("{}", to: "identities.json")
            try await Installation.with(flags: flags) { installation in
                try await installation.createServiceAccount("agent", role: nil)
                try folder.write(
                    #"{"identities":[{"namespace":"\#(installation.namespace)","serviceAccount":"agent"}]}"#,
                    to: "identities.json"
                )
                let pod = try await eventually("a pod with container credentials", log: installation.logs) {
                    let pod = try await installation.create(Manifest.pod(serviceAccount: "agent"), dryRun: true)
                    let label = pod["metadata"]["labels"]["eks.amazonaws.com/pod-identity"].string
                    guard label == "enabled" else { return nil as APIObject? }
                    return try await installation.create(Manifest.pod(serviceAccount: "agent"))
                }
                let volume = pod["spec"]["volumes"].named("eks-pod-identity-token")
                let wanted = volume["projected"]["sources"][0]["serviceAccountToken"]
                let token = try await installation.controlPlane.token(for: pod, asking: wanted)
                try folder.write(token, to: "expected")
                let environment = try ContainerEnvironment(
                    pod["spec"]["containers"][0],
                    fileVariable: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                    token: token
                )
                _ = try await environment.aws(["sts", "get-caller-identity"], sts: sts.url)
                try await eventually("a request to the agent") { agent.log.contains("accepted") }
                #expect(!agent.log.contains("refused"))
            }
            await agent.stop()
            await sts.stop()
        }

        /// Verifies the signature as AWS does, with the keys from the API server's OpenID discovery.
        private func verify(_ token: String, with controlPlane: ControlPlane) async throws {
            let discovery = try await controlPlane.kubectl(["get", "--raw", "/.well-known/openid-configuration"])
            let keys = try await controlPlane.kubectl(["get", "--raw", "/openid/v1/jwks"])
            let script = """
                import json, jwt, sys
                given = json.load(sys.stdin)
                header = jwt.get_unverified_header(given["token"])
                key = next(k for k in jwt.PyJWKSet.from_json(given["keys"]).keys if k.key_id == header["kid"])
                issuer = json.loads(given["discovery"])["issuer"]
                jwt.decode(given["token"], key.key, algorithms=["RS256", "ES256"], audience="sts.amazonaws.com", issuer=issuer)
                print("verified")
                """
            let input = APIObject.object([
                "token": .string(token), "keys": .string(keys), "discovery": .string(discovery),
            ])
            let output = try await Command("python3", ["-c", script]).runText(input: input.description)
            #expect(output == "verified\n")
        }
    }
}
