import Foundation
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// A control plane whose issuer is published by a web server, and an STS that fetches its keys from there.
    @Suite struct IssuerTests {
        static let role = "arn:aws:iam::111122223333:role/shop"
        static let subject = "system:serviceaccount:store:shop"

        struct Chain {
            let controlPlane: ControlPlane
            let issuer: IssuerServer
            let sts: LocalServer
            let folder: TemporaryDirectory

            /// Gives STS the content of AWS IAM; nil for what matches the cluster.
            func setIAM(
                providers: APIObject? = nil,
                policy: APIObject? = nil,
                _ more: [String: APIObject] = [:]
            ) throws {
                let audiences: APIObject = .array([.string("sts.amazonaws.com")])
                let own: APIObject = .object(["111122223333": .object([issuer.url: audiences])])
                let configuration: [String: APIObject] = [
                    "providers": providers ?? own,
                    "roles": .object([IssuerTests.role: policy ?? self.policy(IssuerTests.subject)]),
                ]
                try folder.write("\(APIObject.object(configuration.merging(more) { $1 }))", to: "iam.json")
            }

            func policy(_ subject: String) -> APIObject {
                let name = issuer.url.replacing("https://", with: "")
                let values: [String: APIObject] = [
                    "\(name):sub": .string(subject), "\(name):aud": .string("sts.amazonaws.com"),
                ]
                let provider = "arn:aws:iam::111122223333:oidc-provider/\(name)"
                let statement: [String: APIObject] = [
                    "Effect": .string("Allow"), "Action": .string("sts:AssumeRoleWithWebIdentity"),
                    "Principal": .object(["Federated": .string(provider)]),
                    "Condition": .object(["StringEquals": .object(values)]),
                ]
                return .object(["Version": .string("2012-10-17"), "Statement": .array([.object(statement)])])
            }

            /// Publishes the cluster's keys.
            func publish() async throws {
                let flags = ["--url", issuer.url, "--from-cluster", "-o", issuer.folder.path]
                let made = try await run(["issuer", "documents"] + flags)
                #expect(made.status == 0, "\(made.errorText)")
            }

            func run(_ arguments: [String], kubeconfig: String? = nil) async throws -> Command.Output {
                let environment = issuer.trust.merging(["AWS_ENDPOINT_URL_STS": sts.url]) { $1 }
                return try await Command(
                    WebhookProcess.executable,
                    arguments + ["--kubeconfig", kubeconfig ?? controlPlane.adminKubeconfig],
                    environment: environment
                ).run()
            }

            /// Runs `doctor --assume-roles`, which checks the issuer and the roles.
            func doctor(_ arguments: String..., kubeconfig: String? = nil) async throws -> DoctorRun {
                let flags = ["doctor", "-o", "json", "-n", "store", "--assume-roles"]
                let output = try await run(flags + arguments, kubeconfig: kubeconfig)
                #expect(!output.text.contains("eyJ") && !output.text.contains("n0t-to-be-seen"))
                let findings = try APIObject(json: output.text)["findings"].elements
                let own = findings.filter { ["issuer", "roles"].contains($0["check"].string) }
                return DoctorRun(status: output.status, findings: own, errorText: output.errorText)
            }
        }

        private func withChain(_ body: (Chain) async throws -> Void) async throws {
            let issuer = try IssuerServer()
            try await issuer.start()
            let folder = try TemporaryDirectory()
            let script = Fixtures.path("sts.py")
            let sts = try LocalServer("python3", environment: issuer.trust) {
                [script, "\($0)", folder.path("iam.json")]
            }
            try await sts.waitUntilReady()
            let controlPlane = try await ControlPlane.start(name: "issuer", issuer: issuer.url)
            do {
                try await controlPlane.kubectl(["create", "namespace", "store"])
                try await controlPlane.create(Manifest.serviceAccount("shop", role: "shop"), namespace: "store")
                try await body(Chain(controlPlane: controlPlane, issuer: issuer, sts: sts, folder: folder))
            } catch {
                print(controlPlane.logTails(), sts.log)
                await controlPlane.stop()
                throw error
            }
            await controlPlane.stop()
            await sts.stop()
            await issuer.stop()
        }

        @Test func `The documents match the API server's, and doctor identifies each break in the chain to AWS`()
            async throws
        {
            try await withChain { chain in
                try chain.setIAM()
                let unpublished = try await chain.doctor()
                #expect(codes(unpublished) == ["issuer_document_unusable", "role_keys_unreachable"], "\(unpublished)")
                try await chain.publish()
                try await compareDocuments(chain)
                try await well(chain)
                try await breakIAM(chain)
                try await rotate(chain)
                try await forbid(chain)
            }
        }

        /// The URL of every test server has a port, which only AWS itself refuses.
        private func codes(_ run: DoctorRun) -> Set<String> { run.allCodes.subtracting(["issuer_has_port"]) }

        private func compareDocuments(_ chain: Chain) async throws {
            for path in [".well-known/openid-configuration", "openid/v1/jwks"] {
                let served = try await chain.controlPlane.kubectl(["get", "--raw", "/\(path)"])
                let own = try String(contentsOfFile: chain.issuer.folder.path(path), encoding: .utf8)
                var expected = try APIObject(json: served)
                // The API server uses its own address here, unless it is configured with another one.
                if expected["jwks_uri"] != .null {
                    expected["jwks_uri"] = .string("\(chain.issuer.url)/openid/v1/jwks")
                }
                #expect(try APIObject(json: own) == expected)
            }
            let fromCluster = try String(contentsOfFile: chain.issuer.folder.path("openid/v1/jwks"), encoding: .utf8)
            #expect(try await chain.controlPlane.kubectl(["get", "--raw", "/openid/v1/jwks"]) == fromCluster)
            let key = chain.controlPlane.tokenKeyFile
            let flags = ["--url", chain.issuer.url, "--public-key", key, "-o", chain.folder.path("files")]
            let made = try await chain.run(["issuer", "documents"] + flags)
            #expect(made.status == 0, "\(made.errorText)")
            #expect(
                try String(contentsOfFile: chain.folder.path("files/openid/v1/jwks"), encoding: .utf8) == fromCluster
            )
        }

        private func well(_ chain: Chain) async throws {
            let run = try await chain.doctor()
            #expect(codes(run) == ["issuer_published", "role_assumed"], "\(run)")
            let message = run.finding("role_assumed", "store/shop")["message"].string ?? ""
            #expect(message.hasSuffix("arn:aws:sts::111122223333:assumed-role/shop/pod-identity-webhook-doctor"))
            let check = try await chain.run(["issuer", "check", "-o", "json"])
            #expect(check.status == 0 && check.text.contains("issuer_published"), "\(check)")
        }

        private func breakIAM(_ chain: Chain) async throws {
            let name = chain.issuer.url
            let other: APIObject = .object(["111122223333": .object([name: .array([.string("other")])])])
            let cases: [(String, () throws -> Void)] = [
                ("role_provider_missing", { try chain.setIAM(providers: .object([:])) }),
                ("role_audience_refused", { try chain.setIAM(providers: other) }),
                (
                    "role_not_authorized",
                    { try chain.setIAM(policy: chain.policy("system:serviceaccount:prod:shop")) }
                ), ("role_token_expired", { try chain.setIAM(["clock": .integer(100_000)]) }),
                ("role_region_disabled", { try chain.setAnswer(403, "RegionDisabledException", "not activated") }),
                ("role_refused", { try chain.setAnswer(400, "IDPRejectedClaim", "no") }),
                (
                    "role_thumbprint_refused",
                    {
                        let words = "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
                        try chain.setAnswer(400, "InvalidIdentityToken", words)
                    }
                ),
            ]
            for (code, change) in cases {
                try change()
                let run = try await chain.doctor()
                #expect(codes(run) == ["issuer_published", code] && run.status == 1, "\(code): \(run)")
            }
            try chain.setIAM()
        }

        private func rotate(_ chain: Chain) async throws {
            try await chain.controlPlane.rotateTokenKey()
            let stale = try await chain.doctor()
            #expect(codes(stale) == ["issuer_keys_differ", "role_key_not_published"] && stale.status == 1, "\(stale)")
            try await chain.publish()
            let keys = try APIObject(
                json: String(contentsOfFile: chain.issuer.folder.path("openid/v1/jwks"), encoding: .utf8)
            )
            #expect(keys["keys"].elements.count == 2)
            let published = try await chain.doctor()
            #expect(codes(published) == ["issuer_published", "role_assumed"], "\(published)")
        }

        /// Runs with only the rights in deploy/optional/doctor.yaml, and without the right to create tokens.
        private func forbid(_ chain: Chain) async throws {
            let kubectl = chain.controlPlane
            try await kubectl.kubectl(["create", "serviceaccount", "viewer", "-n", "store"])
            let account = "--serviceaccount=store:viewer"
            try await kubectl.kubectl([
                "create", "clusterrole", "lister", "--verb=list", "--resource=serviceaccounts,pods",
            ])
            try await kubectl.kubectl(["create", "clusterrolebinding", "lister", "--clusterrole=lister", account])
            let kubeconfig = try await kubectl.kubeconfig(serviceAccount: "viewer", namespace: "store")
            try await eventually("the rule to take effect", log: kubectl.logTails) {
                try await kubectl.may("system:serviceaccount:store:viewer", Access("list", "serviceaccounts"))
            }
            let blind = try await chain.doctor(kubeconfig: kubeconfig)
            let finding = blind.findings.first { $0["check"].string == "roles" }
            #expect(finding?["code"].string == "request_refused" && finding?["status"].string == "unknown", "\(blind)")
            try await kubectl.kubectl(["apply", "-f", Deploy.path("optional/doctor-assume-roles.yaml")])
            let role = "--clusterrole=pod-identity-webhook-doctor-assume-roles"
            try await kubectl.kubectl(["create", "rolebinding", "assume", role, account, "-n", "store"])
            try await eventually("the permission to create tokens", log: kubectl.logTails) {
                try await kubectl.may(
                    "system:serviceaccount:store:viewer",
                    Access("create", "serviceaccounts/token"),
                    in: "store"
                )
            }
            let run = try await chain.doctor(kubeconfig: kubeconfig)
            #expect(run.finding("role_assumed", "store/shop") != .null, "\(run)")
        }
    }
}

extension EndToEnd.IssuerTests.Chain {
    fileprivate func setAnswer(_ status: Int64, _ code: String, _ message: String) throws {
        try setIAM(["answer": .array([.integer(status), .string(code), .string(message)])])
    }
}
