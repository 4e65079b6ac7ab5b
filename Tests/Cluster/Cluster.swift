internal import Foundation
import TestPrograms
internal import TestPrograms
internal import TestSupport
internal import UnixSignals

/// A control plane on this machine with the webhook installed, until Ctrl-C: `make cluster`.
@main
enum Cluster {
    /// A week, in seconds.
    private static let tokenExpiration = 7 * 86400

    static func main() async {
        do {
            try requirePort443()
            // A terminal sends Ctrl-C to child processes too; the remaining ones end with this process.
            let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
            let controlPlane = try await ControlPlane.start(name: "cluster")
            let webhook = try await DeployedWebhook.install(on: controlPlane, tokenExpiration: tokenExpiration)
            try await webhook.waitUntilReady()
            let node = try await FakeNode.add("fake", to: controlPlane)
            let kubelet = node.keepRunning([DeployedWebhook.namespace], every: .seconds(5))
            try await waitForEndpoints(of: webhook)
            try publish(controlPlane, webhook)
            FileHandle.standardOutput.write(Data(message.utf8))
            for await _ in signals { break }
            kubelet.cancel()
            try? FileManager.default.removeItem(atPath: published)
            try await webhook.stop()
            await controlPlane.stop()
        } catch {
            FileHandle.standardError.write(Data("cluster: \(error)\n".utf8))
            exit(1)
        }
    }

    /// The controllers create the endpoints shortly after the pods are ready.
    private static func waitForEndpoints(of webhook: DeployedWebhook) async throws {
        try await eventually("the Service's endpoints", log: webhook.logs) {
            let name = DeployedWebhook.namespace
            let endpoints = try await webhook.controlPlane.get("endpoints", name, namespace: name)
            return !endpoints["subsets"][0]["addresses"].elements.isEmpty
        }
    }

    /// The API server calls the webhook at port 443 of the Service's address, where this process listens.
    private static func requirePort443() throws {
        let setting = try String(contentsOfFile: "/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding: .utf8)
        let firstFree = Int(setting.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 1024
        guard geteuid() == 0 || firstFree <= 443 else {
            throw ControlPlaneError.unexpected("only root may listen on port 443 here: run it as root")
        }
    }

    private static let folder = ".build/cluster"
    private static let published = "\(TestFolders.repository)/\(folder)"

    /// Links the files at paths that are the same in every run, and are removed at the end.
    private static func publish(_ controlPlane: ControlPlane, _ webhook: DeployedWebhook) throws {
        try? FileManager.default.removeItem(atPath: published)
        ProcessGuardian.shared.remove(folder: published)
        try FileManager.default.createDirectory(atPath: published, withIntermediateDirectories: true)
        let programs = try URL(fileURLWithPath: ControlPlane.kubectlPath()).deletingLastPathComponent().path
        let log = webhook.replicas.first?.logFile ?? ""
        for (name, target) in [("kubeconfig", controlPlane.adminKubeconfig), ("bin", programs), ("webhook.log", log)] {
            try FileManager.default.createSymbolicLink(atPath: "\(published)/\(name)", withDestinationPath: target)
        }
    }

    private static let message = """

        A Kubernetes control plane with the webhook installed. There are no real nodes: pods are admitted, and no \
        container runs. The webhook's log is \(folder)/webhook.log. In another terminal, try:

          export KUBECONFIG=$PWD/\(folder)/kubeconfig PATH=$PWD/\(folder)/bin:$PATH
          kubectl create serviceaccount reports && kubectl annotate serviceaccount reports \
        eks.amazonaws.com/role-arn=arn:aws:iam::111122223333:role/reports
          kubectl create -o yaml -f deploy/examples/pod.yaml

        Ctrl-C ends it.

        """
}
