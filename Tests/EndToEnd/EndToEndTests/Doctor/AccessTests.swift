import Foundation
import Kubernetes
import Logging
import NIOCore
import NIOPosix
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// The ways to connect to a cluster that kubectl supports.
    @Suite struct AccessTests {
        private static let login = "me:p%40ss"

        /// A kubeconfig that sets groups to impersonate and a proxy, and whose server only a proxy can resolve.
        private func kubeconfig(_ controlPlane: ControlPlane, proxy: String? = nil) throws -> (
            path: String, url: String
        ) {
            let url = controlPlane.server.replacing("127.0.0.1", with: "api.test")
            let text = try String(contentsOfFile: controlPlane.adminKubeconfig, encoding: .utf8)
            let field = proxy.map { "\n    proxy-url: \($0)" } ?? ""
            let server = "server: \(controlPlane.server)"
            #expect(text.contains(server))
            let path = "\(try TestFolders.temporary("proxied"))/kubeconfig"
            try text.replacing(server, with: "server: \(url)\n    tls-server-name: 127.0.0.1\(field)")
                .write(toFile: path, atomically: true, encoding: .utf8)
            return (path, url)
        }

        private func doctor(_ arguments: [String], environment: [String: String] = [:]) async throws -> Command.Output {
            let flags = ["-o", "json", "-n", "default", "--service-account", "default"]
            return try await Command(
                WebhookProcess.executable,
                ["doctor"] + flags + arguments,
                environment: environment
            ).run()
        }

        @Test(arguments: ["socks5", "http"])
        func `doctor and the webhook use the proxy that the kubeconfig or the environment specifies`(
            scheme: String
        ) async throws {
            let controlPlane = try await ControlPlane.shared()
            let proxy = try await ProxyServer.start(credentials: "me:p@ss")
            let proxyURL = "\(scheme)://\(Self.login)@127.0.0.1:\(proxy.port)"
            let own = try kubeconfig(controlPlane, proxy: proxyURL)
            let plain = try kubeconfig(controlPlane)
            let line = "\(scheme == "http" ? "CONNECT" : "SOCKS5") \(plain.url.dropFirst("https://".count))"
            for (path, environment) in [(own.path, [:]), (plain.path, ["HTTPS_PROXY": proxyURL])] {
                let before = proxy.asked.count
                let run = try await doctor(["--kubeconfig", path], environment: environment)
                #expect(try APIObject(json: run.text)["cluster"].string == plain.url, "\(run.errorText)")
                #expect(proxy.asked.count > before && proxy.asked.allSatisfy { $0 == line })
            }
            let excluded = ["HTTPS_PROXY": proxyURL, "no_proxy": ".test"]
            let direct = try await doctor(["--kubeconfig", plain.path], environment: excluded)
            #expect(direct.status == 1 && direct.errorText.contains("cannot be resolved"), "\(direct.errorText)")

            let before = proxy.asked.count
            let webhook = try WebhookProcess(
                ["--kubeconfig=\(plain.path)"],
                certificate: try await .make(["localhost"]),
                environment: ["https_proxy": proxyURL]
            )
            try await webhook.waitUntilReady()
            #expect(proxy.asked.count > before)
            await webhook.stop()
            #expect(webhook.log.contains("\(scheme)://127.0.0.1:\(proxy.port)"))
            #expect(!webhook.log.contains(Self.login) && !webhook.log.contains("p@ss"))
        }

        @Test func `An impersonated user can do only what the API server allows`() async throws {
            let controlPlane = try await ControlPlane.shared()
            let namespace = try await controlPlane.makeNamespace("impersonation")
            try await controlPlane.kubectl([
                "create", "rolebinding", "viewers", "-n", namespace, "--clusterrole=view", "--group=viewers",
            ])
            func list(_ impersonation: Impersonation) async throws {
                let configuration = try ClusterConfiguration.load(
                    kubeConfig: .file(controlPlane.adminKubeconfig),
                    server: nil,
                    impersonation: impersonation,
                    environment: [:]
                )
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                let client = APIClient(configuration, on: NIOSingletons.posixEventLoopGroup, logger: logger)
                defer { client.shutDown() }
                _ = try await client.get("/api/v1/namespaces/\(namespace)/serviceaccounts")
            }
            try await eventually("the role to take effect") {
                try await list(Impersonation(user: "jane", groups: ["others", "viewers"]))
                return true
            }
            let error = await #expect(throws: KubernetesError.self) { try await list(Impersonation(user: "jane")) }
            #expect(error?.description.contains("User \"jane\" cannot list resource \"serviceaccounts\"") ?? false)

            let kubeconfig = controlPlane.adminKubeconfig
            let run = try await doctor(["--kubeconfig", kubeconfig, "--as", "jane", "--as-group=others"])
            #expect((run.text + run.errorText).contains("jane"), "\(run.text) \(run.errorText)")
        }
    }
}
