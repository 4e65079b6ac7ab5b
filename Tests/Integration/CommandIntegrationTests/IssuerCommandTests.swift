import Foundation
import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("The subcommand for issuers", .timeLimit(.minutes(5)))
struct IssuerCommandTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Command.Output {
        // There is no cluster, and no proxy for connections to this machine.
        let none = ["KUBECONFIG": folder.path("none"), "HOME": folder.path]
        return try await Command(
            WebhookProcess.executable,
            ["issuer"] + arguments,
            environment: none.merging(environment) { $1 }
        ).run()
    }

    /// Creates a key pair, with the public key in a file.
    private func key(_ name: String, _ arguments: String...) async throws -> (private: String, public: String) {
        let paths = (folder.path("\(name).key"), folder.path("\(name).pub"))
        try await Command("openssl", ["genpkey", "-out", paths.0] + arguments).runText()
        try await Command("openssl", ["pkey", "-in", paths.0, "-pubout", "-out", paths.1]).runText()
        return paths
    }

    private func documents(_ url: String, _ keys: [String], to output: String) async throws -> Command.Output {
        try await run(["documents", "--url", url, "-o", output] + keys.flatMap { ["--public-key", $0] })
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test("writes documents with which an OpenID client verifies tokens of both algorithms")
    func client() async throws {
        let rsa = try await key("rsa", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        let curve = try await key("curve", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        let server = try IssuerServer()
        try await server.start()
        let made = try await documents(server.url, [rsa.public, curve.public], to: server.folder.path)
        #expect(
            made.status == 0 && made.errorText == "warning: AWS IAM does not accept an issuer with a port\n",
            "\(made)"
        )
        let script = """
            import base64, hashlib, json, jwt, sys
            from cryptography.hazmat.primitives import serialization as s
            given = json.load(sys.stdin)
            configuration = jwt.PyJWKClient(given["url"] + "/.well-known/openid-configuration").fetch_data()
            assert configuration["issuer"] == given["url"], configuration
            client = jwt.PyJWKClient(configuration["jwks_uri"])
            for path, algorithm in given["keys"]:
                key = s.load_pem_private_key(open(path, "rb").read(), None)
                der = key.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
                kid = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
                token = jwt.encode({"sub": "x"}, key, algorithm=algorithm, headers={"kid": kid})
                found = client.get_signing_key_from_jwt(token)
                assert jwt.decode(token, found.key, algorithms=[algorithm]) == {"sub": "x"}
            print(json.dumps(configuration["id_token_signing_alg_values_supported"]))
            """
        let keys: [JSONTree] = [(rsa.private, "RS256"), (curve.private, "ES256")].map {
            .array([.string($0.0), .string($0.1)])
        }
        let input = JSONTree.object(["url": .string(server.url), "keys": .array(keys)])
        let output = try await Command("python3", ["-c", script], environment: server.trust).run(input: input.bytes)
        #expect(output.text == "[\"ES256\", \"RS256\"]\n", "\(output.errorText)")
        await server.stop()
    }

    @Test("writes the same bytes each time, overwrites existing files, and leaves nothing else behind")
    func same() async throws {
        let key = try await key("rsa", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        let (one, two) = (folder.path("one"), folder.path("two/below"))
        for output in [one, two, one] {
            let made = try await documents("https://id.example.com/a/", [key.public], to: output)
            #expect(made.status == 0 && made.errorText.isEmpty)
            #expect(
                made.text.hasSuffix(
                    "openid-configuration is for https://id.example.com/a/.well-known/openid-configuration\n"
                )
            )
        }
        for path in [".well-known/openid-configuration", "openid/v1/jwks"] {
            #expect(try text("\(one)/\(path)") == text("\(two)/\(path)") && !text("\(one)/\(path)").isEmpty)
        }
        let files = FileManager.default.enumerator(atPath: one)?.allObjects as? [String] ?? []
        #expect(files.count == 5, "\(files)")
        let mode = try FileManager.default.attributesOfItem(atPath: "\(one)/openid/v1/jwks")[.posixPermissions]
        #expect(mode as? Int == 0o644)
        #expect(try text("\(one)/.well-known/openid-configuration").contains(#""issuer":"https://id.example.com/a/","#))
    }

    @Test(
        "refuses keys that cannot verify tokens, and private keys, by name",
        arguments: [
            ("ed", ["-algorithm", "ED25519"], "ED25519"),
            ("p384", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], "secp384r1"),
        ]
    )
    func unsupported(name: String, arguments: [String], word: String) async throws {
        let path = folder.path("\(name).key")
        try await Command("openssl", ["genpkey", "-out", path] + arguments).runText()
        try await Command("openssl", ["pkey", "-in", path, "-pubout", "-out", folder.path("\(name).pub")]).runText()
        let output = folder.path("out")
        let made = try await documents("https://a.example.com", [folder.path("\(name).pub")], to: output)
        #expect(made.status == 1 && made.errorText.contains("\(name).pub: ") && made.errorText.contains(word))
        let secret = try await documents("https://a.example.com", [path], to: output)
        #expect(secret.status == 1 && secret.errorText.contains("this is a private key"))
        #expect(!FileManager.default.fileExists(atPath: output))
    }

    @Test("warns of keys that are too short")
    func weak() async throws {
        let key = try await key("weak", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
        let made = try await documents("https://a.example.com", [key.public], to: folder.path("out"))
        #expect(made.status == 0 && made.errorText.contains("has 1024 bits"))
    }

    @Test(
        "refuses an invalid issuer, and does not guess the source of keys",
        arguments: [
            (["--url", "http://a.example.com", "--public-key", "x"], "must start with https://"),
            (["--url", "https://a.example.com?x=y", "--public-key", "x"], "must not have a query"),
            (["--url", "https://a.example.com"], "pass the keys"),
            (["--url", "https://a.example.com", "--from-cluster", "--public-key", "x"], "pass the keys"),
            (["--url", "https://a.example.com", "--public-key", "/nowhere/x"], "cannot read /nowhere/x"),
        ]
    )
    func refused(arguments: [String], reason: String) async throws {
        let made = try await run(["documents", "-o", folder.path("out")] + arguments)
        #expect(made.status != 0 && made.errorText.contains(reason), "\(made.errorText)")
    }

    @Test("prints the thumbprint that openssl computes for the last certificate")
    func thumbprint() async throws {
        let server = try IssuerServer()
        try await server.start()
        let key = try await key("curve", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        _ = try await documents(server.url, [key.public], to: server.folder.path)
        let script = """
            openssl s_client -connect 127.0.0.1:\(server.port) -showcerts </dev/null 2>/dev/null |
                awk '/BEGIN CERTIFICATE/ { text = "" } { text = text $0 "\\n" } /END CERTIFICATE/ { last = text }
                    END { printf "%s", last }' | openssl x509 -noout -fingerprint -sha1
            """
        let shown = try await Command("bash", ["-c", script]).runText()
        let expected = shown.drop { $0 != "=" }.dropFirst().filter { $0 != ":" && $0 != "\n" }.lowercased()
        let trusted = try await run(["thumbprint", server.url], environment: server.trust)
        #expect(trusted.text == "\(expected)\n" && expected.count == 40 && trusted.errorText.isEmpty, "\(trusted)")
        let other = try await run(["thumbprint", server.url])
        #expect(other.text == trusted.text && other.errorText.contains("trust store does not verify"))
        try server.folder.remove(".well-known/openid-configuration")
        let without = try await run(["thumbprint", server.url], environment: server.trust)
        #expect(without.text == trusted.text && without.errorText.contains("does not name the server of the keys"))
        await server.stop()
        #expect(try await run(["thumbprint", server.url]).status == 1)
    }

    @Test("checks an issuer without a cluster, and reports that keys were not compared")
    func check() async throws {
        let server = try IssuerServer()
        try await server.start()
        let key = try await key("curve", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        _ = try await documents(server.url, [key.public], to: server.folder.path)
        func codes(_ output: Command.Output) throws -> [String] {
            try APIObject(json: output.text)["findings"].elements.compactMap { $0["code"].string }
        }
        let found = try await run(["check", "-o", "json", server.url], environment: server.trust)
        #expect(found.status == 2, "\(found)")
        #expect(try codes(found) == ["issuer_has_port", "issuer_keys_not_compared"])
        _ = try await documents("\(server.url)/", [key.public], to: server.folder.path)
        let other = try await run(["check", "-o", "json", server.url], environment: server.trust)
        #expect(try other.status == 1 && codes(other).contains("issuer_mismatch"))
        #expect(try await run(["check"]).status != 0)
        await server.stop()
    }
}
