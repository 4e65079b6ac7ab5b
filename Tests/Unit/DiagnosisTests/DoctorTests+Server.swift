import Kubernetes
import TestNetwork
import Testing

extension DoctorTests {
    @Test(
        "reports an error for a server that is not an API server",
        arguments: [
            .json("{}", status: 404), .json("{}"), .json("", status: 302), .json("", status: 405), .json("[]"),
            .send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"),
        ] as [ScriptedServer.Action]
    )
    func otherServer(version: ScriptedServer.Action) async throws {
        var cluster = ScriptedCluster()
        cluster.version = version
        let other = cluster
        let error = await #expect(throws: KubernetesError.self) { _ = try await other.examine() }
        let words = " does not answer like a Kubernetes API server; check the kubeconfig or --kube-api"
        #expect(error?.description.hasSuffix(words) ?? false, "\(String(describing: error))")
    }

    @Test("continues if it may not read the version", arguments: [403, 500])
    func noVersion(status: Int) async throws {
        var cluster = ScriptedCluster()
        cluster.version = .json(#"{"kind":"Status","code":\#(status)}"#, status: status)
        #expect(try await cluster.examine().codes == [])
    }
}
