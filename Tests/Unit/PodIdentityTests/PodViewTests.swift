import JSON
import KubernetesObjects
import PodIdentity
import Testing

@Suite("A view of a pod", .timeLimit(.minutes(5)))
struct PodViewTests {
    private func view<Result>(
        _ pod: String,
        defaultServiceAccount: String? = nil,
        pointer: JSONPointer = JSONPointer(),
        _ body: (PodView) throws -> Result
    ) throws -> Result {
        try JSONParser().parse(Array(pod.utf8)) { root in
            try body(
                try PodView(
                    root,
                    namespace: "shop",
                    defaultServiceAccount: defaultServiceAccount,
                    pointer: pointer
                )
            )
        }
    }

    @Test(
        "has the ServiceAccount, also from the field's old name",
        arguments: [
            (#"{"serviceAccountName":"a"}"#, "a", "a"), (#"{"serviceAccount":"a"}"#, "a", "a"),
            (#"{"serviceAccountName":"a","serviceAccount":"b"}"#, "a", "a"),
            (#"{"serviceAccountName":"","serviceAccount":"b"}"#, "b", "b"),
            (#"{"serviceAccountName":null}"#, nil, "default"),
            (#"{"serviceAccountName":""}"#, nil, "default"), ("{}", nil, "default"),
        ]
    )
    func serviceAccount(spec: String, atAdmission: String?, offline: String) throws {
        let pod = #"{"metadata":{"namespace":"other"},"spec":\#(spec)}"#
        #expect(try view(pod) { $0.serviceAccount?.description } == atAdmission.map { "shop/\($0)" })
        #expect(try view(pod, defaultServiceAccount: "default") { $0.serviceAccount?.description } == "shop/\(offline)")
    }

    @Test("has annotations, labels and containers, with their places")
    func contents() throws {
        let pod = #"""
            {"metadata": {"annotations": {"a/b": "1", "none": null}, "labels": {"c": ""}},
             "spec": {"containers": [{"name": "main", "env": [{"name": "X"}]}, {}], "initContainers": [{"name": "init"}]}}
            """#
        try view(pod, pointer: JSONPointer().appending(key: "a/b")) { pod in
            #expect(pod.annotation("a/b") == "1" && pod.annotation("c") == nil && pod.annotation("none") == nil)
            #expect(pod.label("c") == "" && pod.label("a/b") == nil)
            #expect(pod.containers.map(\.name) == ["init", "main", ""])
            #expect(
                pod.containers.map(\.pointer.description) == [
                    "/a~1b/spec/initContainers/0", "/a~1b/spec/containers/0", "/a~1b/spec/containers/1",
                ]
            )
            #expect(pod.containers.map { $0.sets("X") } == [false, true, false])
        }
    }

    @Test(
        "refuses a structure that Kubernetes does not have, with the place",
        arguments: [
            ("{}", "spec is missing"), ("[]", "spec is missing"),
            (#"{"spec":null}"#, "spec must be an object"),
            (#"{"spec":[]}"#, "spec must be an object"),
            (#"{"spec":{"containers":{}}}"#, "spec.containers must be an array, not an object"),
            (#"{"spec":{"containers":"c"}}"#, "spec.containers must be an array, not a string"),
            (#"{"spec":{"initContainers":1}}"#, "spec.initContainers must be an array, not a number"),
            (#"{"spec":{"containers":[{},1]}}"#, "spec.containers[1] must be an object"),
            (#"{"spec":{"containers":[null]}}"#, "spec.containers[0] must be an object"),
            (#"{"spec":{"containers":[{"name":7}]}}"#, "spec.containers[0].name must be a string, not a number"),
            (
                #"{"spec":{"initContainers":[{"env":{}}]}}"#,
                "spec.initContainers[0].env must be an array, not an object"
            ),
            (
                #"{"spec":{"containers":[{"volumeMounts":true}]}}"#,
                "spec.containers[0].volumeMounts must be an array, not a bool"
            ),
            (#"{"spec":{"volumes":{}}}"#, "spec.volumes must be an array, not an object"),
            (#"{"spec":{"serviceAccountName":5}}"#, "spec.serviceAccountName must be a string, not a number"),
            (#"{"metadata":[],"spec":{}}"#, "metadata must be an object, not an array"),
            (#"{"metadata":{"annotations":3},"spec":{}}"#, "metadata.annotations must be an object, not a number"),
            (#"{"metadata":{"labels":[]},"spec":{}}"#, "metadata.labels must be an object, not an array"),
            (
                #"{"metadata":{"annotations":{"a/b":7200}},"spec":{}}"#,
                #"metadata.annotations["a/b"] must be a string, not a number"#
            ),
            (#"{"metadata":{"labels":{"x":true}},"spec":{}}"#, #"metadata.labels["x"] must be a string, not a bool"#),
        ]
    )
    func malformed(pod: String, problem: String) {
        let error = #expect(throws: MalformedPod.self) { try view(pod) { _ in } }
        #expect(error?.description == "the pod's \(problem)")
    }

    @Test(
        "detects Windows by the node selector, the operating system or a required affinity",
        arguments: [
            ("{}", false), (#"{"nodeSelector":{"kubernetes.io/os":"windows"}}"#, true),
            (#"{"nodeSelector":{"x":"y","beta.kubernetes.io/os":"windows"}}"#, true),
            (#"{"nodeSelector":{"kubernetes.io/os":"linux"}}"#, false),
            (#"{"nodeSelector":{"kubernetes.io/os":"Windows"}}"#, false),
            (#"{"nodeSelector":{"os":"windows"}}"#, false),
            (#"{"nodeSelector":null,"os":null,"affinity":null}"#, false), (#"{"nodeSelector":["windows"]}"#, false),
            (#"{"os":{"name":"windows"}}"#, true), (#"{"os":{"name":"linux"}}"#, false), (#"{"os":"windows"}"#, false),
        ]
    )
    func windows(spec: String, isForWindows: Bool) throws {
        #expect(try view(#"{"spec":\#(spec)}"#) { $0.isForWindows } == isForWindows)
    }

    private static let windowsTerm =
        #"{"matchExpressions":[{"key":"kubernetes.io/os","operator":"In","values":["windows"]}]}"#

    @Test(
        "detects Windows by an affinity only if every term requires it",
        arguments: [
            ("[\(windowsTerm)]", true), ("[\(windowsTerm),\(windowsTerm)]", true), ("[]", false), ("null", false),
            ("[{}]", false),
            ("[\(windowsTerm),{}]", false),
            (
                #"[{"matchExpressions":[{"key":"zone","operator":"In","values":["a"]},"#
                    + #"{"key":"beta.kubernetes.io/os","operator":"In","values":["windows"]}]}]"#, true
            ),
            (#"[{"matchExpressions":[{"key":"kubernetes.io/os","operator":"NotIn","values":["windows"]}]}]"#, false),
            (
                #"[{"matchExpressions":[{"key":"kubernetes.io/os","operator":"In","values":["windows","linux"]}]}]"#,
                false
            ),
            (#"[{"matchExpressions":[{"key":"kubernetes.io/os","operator":"In","values":[]}]}]"#, false),
            (#"[{"matchExpressions":[{"key":"os","operator":"In","values":["windows"]}]}]"#, false),
            (#"[{"matchExpressions":[{"key":"kubernetes.io/os","operator":"Exists"}]}]"#, false),
        ]
    )
    func affinity(terms: String, isForWindows: Bool) throws {
        func spec(_ kind: String) -> String {
            #"{"spec":{"affinity":{"nodeAffinity":{"\#(kind)":{"nodeSelectorTerms":\#(terms)}}}}}"#
        }
        #expect(try view(spec("requiredDuringSchedulingIgnoredDuringExecution")) { $0.isForWindows } == isForWindows)
        #expect(try view(spec("preferredDuringSchedulingIgnoredDuringExecution")) { $0.isForWindows } == false)
    }
}
