import Foundation
import JSON
import NIOOpenSSL
import TestSupport
import Testing

@testable import Kubernetes
@testable import KubernetesObjects

@Suite("A credential plugin", .timeLimit(.minutes(1)))
struct ExecPluginTests {
    private static let version = "client.authentication.k8s.io/v1"

    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// Writes an executable shell script next to the kubeconfig.
    private func script(_ text: String, name: String = "plugin") throws {
        let path = try folder.write("#!/bin/sh\n\(text)\n", to: name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    private static func answer(_ status: String, version: String = version) -> String {
        #"echo '{"kind":"ExecCredential","apiVersion":"\#(version)","status":{\#(status)}}'"#
    }

    private func plugin(
        _ command: String = "./plugin",
        arguments: [String] = [],
        variables: [(name: String, value: String)] = [],
        version: String = version,
        hint: String? = nil,
        mode: ExecPlugin.InteractiveMode = .never,
        cluster: ExecInfo.Cluster? = nil
    ) -> ExecPlugin {
        ExecPlugin(
            source: folder.path("config"),
            field: "users[0].user.exec",
            command: command,
            folder: folder.path + "/",
            arguments: arguments,
            variables: variables,
            apiVersion: version,
            installHint: hint,
            interactiveMode: mode,
            cluster: cluster
        )
    }

    private func message(_ body: () throws -> ExecCredential) -> String {
        do throws(any Error) {
            return "no error: \(try body())"
        } catch {
            return "\(error)"
        }
    }

    // MARK: Running

    @Test("receives its arguments, its environment and ours, and returns a token with its expiration")
    func token() throws {
        try script(
            #"test "$1" = get-token && test "$MINE" = ours || exit 3"# + "\n"
                + Self.answer(#""token":"'"$PROFILE-$2"'","expirationTimestamp":"2026-11-21T14:23:04Z""#)
        )
        let plugin = plugin(arguments: ["get-token", "a b"], variables: [("PROFILE", "p"), ("MINE", "ours")])
        // A bearer token contains no spaces.
        #expect(message { try plugin.run(environment: ["MINE": "theirs"]) }.contains("is not a bearer token"))
        let other = self.plugin(arguments: ["get-token", "x"], variables: [("PROFILE", "p")])
        let credential = try other.run(environment: ["MINE": "ours"])
        #expect(credential.token == "p-x")
        #expect(credential.expiration == Timestamp("2026-11-21T14:23:04Z"))
        #expect(credential.certificate == nil)
    }

    @Test("receives the version, whether it may prompt, and the cluster if it requests that")
    func information() throws {
        try script(#"printf %s "$KUBERNETES_EXEC_INFO" >"$OUT""# + "\n" + Self.answer(#""token":"t""#))
        let out = folder.path("info")
        let cluster = ExecInfo.Cluster(
            server: "https://host:6443",
            tlsServerName: "api",
            proxyURL: "http://me:pass@proxy",
            skipsVerification: false,
            authority: Array("pem".utf8),
            config: Array(#"{"audience":"a"}"#.utf8)
        )
        _ = try plugin(cluster: cluster).run(environment: ["OUT": out])
        let expected = """
            {"kind":"ExecCredential","apiVersion":"\(Self.version)","spec":{"cluster":{"server":"https://host:6443",\
            "tls-server-name":"api","proxy-url":"http://me:pass@proxy","certificate-authority-data":"cGVt",\
            "config":{"audience":"a"}},"interactive":false}}
            """
        #expect(try String(contentsOfFile: out, encoding: .utf8) == expected)
        _ = try plugin(mode: .ifAvailable).run(environment: ["OUT": out], hasTerminal: true)
        #expect(try String(contentsOfFile: out, encoding: .utf8).hasSuffix(#""spec":{"interactive":true}}"#))
    }

    @Test("is found in PATH, and relative to the kubeconfig's folder")
    func places() throws {
        try script(Self.answer(#""token":"found""#), name: "my-plugin")
        let environment = ["PATH": "/nonexistent:\(folder.path):/usr/bin:/bin"]
        #expect(try plugin("my-plugin").run(environment: environment).token == "found")
        #expect(try plugin("./my-plugin").run(environment: [:]).token == "found")
        #expect(try plugin(folder.path("my-plugin")).run(environment: [:]).token == "found")
    }

    @Test("that does not exist is reported with how to install it")
    func hint() {
        let text = message {
            try plugin("no-such-plugin", hint: "get it at example.test").run(environment: ["PATH": "/"])
        }
        let words = "the credential plugin 'no-such-plugin' was not found in PATH: get it at example.test"
        #expect(text == "\(folder.path("config")): users[0].user.exec: \(words)")
        #expect(message { try plugin("./none").run(environment: [:]) }.hasSuffix("'./none' was not found"))
    }

    @Test(
        "that fails is reported with the reason",
        arguments: [
            ("echo no session >&2; exit 255", "ended with exit status 255; it wrote: no session"),
            ("kill -9 $$", "ended with signal 9"),
            ("echo hello", "its output is not an ExecCredential"),
            ("echo '{}'", "its output is not an ExecCredential"),
            (
                "echo asleep >&2; " + answer(""),
                "cannot be used: it returned neither a token nor a certificate; it wrote: asleep"
            ),
            (answer(#""clientCertificateData":"x""#), "it returned a certificate or a key without the other"),
            (answer(#""token":"t","expirationTimestamp":"soon""#), "its expirationTimestamp 'soon' is not a time"),
            (
                answer(#""token":"t""#, version: "client.authentication.k8s.io/v1beta1"),
                "it answered with client.authentication.k8s.io/v1beta1, but the kubeconfig asks for \(version)"
            ),
            ("yes", "wrote more output than a credential can have"),
        ]
    )
    func failures(text: String, words: String) throws {
        try script(text)
        let message = message { try plugin().run() }
        #expect(message.contains(words), "\(message)")
    }

    @Test("that does not end in time is killed, with its child processes")
    func timeLimit() async throws {
        try script("echo waiting >&2; sleep 300 & echo $! >\(folder.path("child")); wait")
        let text = message { try plugin().run(limit: .milliseconds(500)) }
        #expect(text.contains("did not finish within 500ms; it wrote: waiting"), "\(text)")
        let child = try String(contentsOfFile: folder.path("child"), encoding: .utf8)
        let pid = try #require(Int32(child.trimmingCharacters(in: .whitespacesAndNewlines)))
        try await eventually("the end of the child process", within: .seconds(20)) {
            // The process is gone, or is dead and not yet reaped by the process that adopted it.
            guard let state = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return true }
            return state.contains(") Z ")
        }
    }

    @Test("that always prompts is an error without a terminal")
    func noTerminal() throws {
        try script(Self.answer(#""token":"t""#))
        let text = message { try plugin(mode: .always).run(hasTerminal: false) }
        #expect(text.contains("needs user input, but standard input is not a terminal"))
        #expect(try plugin(mode: .always).run(hasTerminal: true).token == "t")
    }

    // MARK: In a kubeconfig

    private func load(_ exec: String) throws -> ClusterConfiguration {
        let text = """
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: 'http://host'}}]
            users: [{name: u, user: {exec: \(exec)}}]
            """
        return try .load(kubeConfig: .file(try folder.write(text, to: "config")), server: nil, environment: [:])
    }

    @Test("of a kubeconfig runs when credentials are needed", arguments: ["v1", "v1beta1"])
    func kubeconfig(version: String) async throws {
        let version = "client.authentication.k8s.io/\(version)"
        try script(Self.answer(#""token":"'"$A$1"'""#, version: version))
        let configuration = try load(
            "{apiVersion: \(version), command: ./plugin, args: [b], env: [{name: A, value: a}], interactiveMode: Never}"
        )
        #expect(try await configuration.credentials.authorization() == "Bearer ab")
    }

    @Test(
        "of a kubeconfig must be complete",
        arguments: [
            ("{command: aws}", "exec.apiVersion: is missing"),
            ("{apiVersion: \(version), interactiveMode: Never}", "exec.command: is missing"),
            (
                "{apiVersion: client.authentication.k8s.io/v1alpha1, command: aws}",
                "exec.apiVersion: 'client.authentication.k8s.io/v1alpha1' is not supported"
            ),
            ("{apiVersion: \(version), command: aws}", "exec.interactiveMode: is missing"),
            (
                "{apiVersion: \(version), command: aws, interactiveMode: Sometimes}",
                "must be Never, IfAvailable or Always"
            ),
            (
                "{apiVersion: \(version), command: aws, interactiveMode: Never, args: [1]}",
                "exec.args[0]: must be a string"
            ),
            ("{apiVersion: \(version), command: aws, interactiveMode: Never, env: 1}", "exec.env: must be a list"),
        ]
    )
    func incomplete(exec: String, words: String) {
        let error = #expect(throws: KubernetesError.self) { try load(exec) }
        #expect(error?.description.contains(words) ?? false, "\(error?.description ?? "")")
    }
}
