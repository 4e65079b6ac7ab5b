import Foundation
import JSON
import Kubernetes
import TestSupport
import Testing

@Suite("The Pod Security Standard \"restricted\"", .timeLimit(.minutes(5)))
struct PodSecurityTests {
    private func objects(_ yaml: String) throws -> [APIObject] {
        try Manifests.parse(Array(yaml.utf8), file: "manifests").map {
            try APIObject(json: String(decoding: $0.tree.bytes, as: UTF8.self))
        }
    }

    private func objects(ofFile file: String) throws -> [APIObject] {
        try objects(String(contentsOfFile: "\(TestFolders.repository)/deploy/\(file)", encoding: .utf8))
    }

    @Test(
        "is met by the example pods",
        arguments: ["pod.yaml", "google.yaml", "azure.yaml", "several-identities.yaml"]
    )
    func examples(file: String) throws {
        let pod = try #require(try objects(ofFile: "examples/\(file)").first { $0["kind"].string == "Pod" })
        #expect(PodSecurity.violations(of: pod["spec"]) == [])
    }

    @Test("is met by the demo's pod, which is the example with several identities")
    func demo() throws {
        let path = "\(TestFolders.repository)/deploy/examples/review-several-identities.json"
        let review = try APIObject(json: String(contentsOfFile: path, encoding: .utf8))
        let pod = try objects(ofFile: "examples/several-identities.yaml").first { $0["kind"].string == "Pod" }
        #expect(review["request"]["object"] == pod)
    }

    @Test("is met by the webhook itself")
    func deployed() throws {
        let all = try objects(ofFile: "pod-identity-webhook.yaml")
        let deployment = try #require(all.first { $0["kind"].string == "Deployment" })
        #expect(PodSecurity.violations(of: deployment["spec"]["template"]["spec"]) == [])
    }

    private static let spec = """
        {securityContext: {fsGroup: 5}, volumes: [{name: v, emptyDir: {}}], initContainers: [{name: setup}],
         containers: [{name: main, securityContext: {readOnlyRootFilesystem: true}}, {name: side}]}
        """.split(separator: "\n").joined(separator: " ")

    @Test(
        "is met by what the tests create, without other changes",
        arguments: [
            "{kind: Pod, spec: \(spec)}", "{kind: Deployment, spec: {replicas: 2, template: {spec: \(spec)}}}",
            "{kind: Job, spec: {template: {spec: \(spec)}}}",
        ]
    )
    func created(yaml: String) throws {
        let object = try #require(try objects(yaml).first)
        let restricted = PodSecurity.restricted(object)
        func spec(_ object: APIObject) -> APIObject {
            object["kind"].string == "Pod" ? object["spec"] : object["spec"]["template"]["spec"]
        }
        #expect(PodSecurity.violations(of: spec(object)).count == 3 * 4)
        #expect(PodSecurity.violations(of: spec(restricted)) == [])
        #expect(spec(restricted)["securityContext"]["fsGroup"].integer == 5)
        #expect(spec(restricted)["containers"][0]["securityContext"]["readOnlyRootFilesystem"].bool == true)
        #expect(spec(restricted)["volumes"] == spec(object)["volumes"])
        #expect(PodSecurity.restricted(restricted) == restricted)
    }

    @Test(
        "does not apply to objects without pods",
        arguments: ["{kind: Service, spec: {type: ClusterIP}}", "{kind: X}"]
    )
    func others(yaml: String) throws {
        let object = try #require(try objects(yaml).first)
        #expect(PodSecurity.restricted(object) == object)
    }

    @Test(
        "is violated by a single field",
        arguments: [
            ("hostNetwork", "{hostNetwork: true}"), ("volume \"v\"", "{volumes: [{name: v, hostPath: {path: /}}]}"),
            ("sysctl \"kernel.msgmax\"", "{securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}]}}"),
            ("main: runAsUser", "{securityContext: {runAsUser: 0}}"),
            ("main: seccompProfile", "{securityContext: {seccompProfile: {type: Unconfined}}}"),
            ("main: privileged", "{containers: [{name: main, securityContext: {privileged: true}}]}"),
            ("main: hostPort", "{containers: [{name: main, ports: [{hostPort: 1}]}]}"),
            (
                "main: capabilities.add",
                "{containers: [{name: main, securityContext: {capabilities: {drop: [ALL], add: [SYS_ADMIN]}}}]}"
            ),
        ]
    )
    func broken(violation: String, spec: String) throws {
        let fields = spec.contains("containers:") ? spec : "\(spec.dropLast()), containers: [{name: main}]}"
        let pod = try #require(try objects("{kind: Pod, spec: \(fields)}").first)
        #expect(PodSecurity.violations(of: PodSecurity.restricted(pod)["spec"]) == [violation])
    }
}
