import JSON
import Testing

@testable import pod_identity_webhook

@Suite("Pods and pod templates are found", .timeLimit(.minutes(5)))
struct PodTemplatesTests {
    /// Each pod with its object, as `kind namespace/name object path`; objects without pods have nothing after the
    /// name.
    private func found(_ json: String) throws -> [String] {
        PodTemplates(in: try JSONTree(parsing: json.utf8)).objects.flatMap { object in
            let name = "\(object.apiVersion) \(object.kind) \(object.namespace)/\(object.name)"
            return object.pods.isEmpty ? [name] : object.pods.map { "\(name) \(object.pointer) \($0.path)" }
        }
    }

    private static let pod = #"{"spec":{"containers":[{"name":"c"}]}}"#

    @Test("in nested lists, whose items need no type if the list has it")
    func lists() throws {
        let rollouts =
            #"{"kind":"RolloutList","apiVersion":"a/v1","items":[{"metadata":{"name":"r"},"spec":{"template":\#(Self.pod)}}]}"#
        let pods =
            #"{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"p"},"spec":{}},"#
            + #"{"kind":"ConfigMap"}]}"#
        let list =
            #"{"kind":"List","apiVersion":"v1","metadata":{"namespace":"n"},"items":[\#(rollouts),\#(pods),{"kind":"Pod"},7]}"#
        #expect(
            try found(list) == [
                "a/v1 Rollout n/r /items/0/items/0 /spec/template", "v1 Pod n/p /items/1/items/0 ",
                "v1 ConfigMap n/", " Pod n/ /items/2 ",
            ]
        )
    }

    @Test("at any depth of an unknown kind, but not inside another pod")
    func depth() throws {
        let inner = #"{"spec":{"containers":[{"image":"i"}],"template":\#(Self.pod)}}"#
        let object =
            #"{"apiVersion":"x/v1","kind":"X","metadata":{"template":\#(Self.pod)},"status":{"template":\#(Self.pod)},"#
            + #""a/b":[[{"podTemplate":\#(inner)}]],"spec":{"workerTEMPLATE":\#(Self.pod),"pod":\#(Self.pod),"#
            + #""templates":[\#(Self.pod),{"spec":{"containers":[{}]}}]}}"#
        #expect(
            try found(object)
                == [
                    "x/v1 X / /a~1b/0/0/podTemplate", "x/v1 X /  /spec/workerTEMPLATE", "x/v1 X /  /spec/templates/0",
                ].map { $0.replacing("X / /a", with: "X /  /a") }
        )
    }

    @Test("in nested objects, with their namespace")
    func insideOfOthers() throws {
        let deployment =
            #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":\#(Self.pod)}}"#
        let reference = #"{"apiVersion":"apps/v1","kind":"Deployment","name":"d"}"#
        let work =
            #"{"apiVersion":"x/v1","kind":"ManifestWork","metadata":{"name":"w","namespace":"n"},"#
            + #""spec":{"target":\#(reference),"manifests":[{"apiVersion":"v1","kind":"Secret"},\#(deployment)],"#
            + #""template":TEMPLATE}}"#
        #expect(
            try found(work.replacing("TEMPLATE", with: "null")) == [
                "apps/v1 Deployment n/d /spec/manifests/1 /spec/template"
            ]
        )
        #expect(
            try found(work.replacing("TEMPLATE", with: Self.pod)) == [
                "x/v1 ManifestWork n/w  /spec/template", "apps/v1 Deployment n/d /spec/manifests/1 /spec/template",
            ]
        )
        #expect(try found(work.replacing("TEMPLATE", with: "null").replacing(deployment, with: "1")).count == 1)
    }

    @Test("in Kubernetes' own kinds even if malformed, which is an error")
    func malformed() throws {
        #expect(try found(#"{"apiVersion":"v1","kind":"Pod"}"#) == ["v1 Pod /  "])
        #expect(
            try found(#"{"apiVersion":"batch/v1","kind":"Job","spec":{"template":3}}"#) == [
                "batch/v1 Job /  /spec/template"
            ]
        )
        #expect(try found(#"{"apiVersion":"batch/v1","kind":"Job","spec":{"template":null}}"#) == ["batch/v1 Job /"])
        #expect(try found(#"{"apiVersion":"x/v1","kind":"Pod","spec":{"containers":1}}"#) == ["x/v1 Pod /"])
    }
}
