import AWSIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("A role for each container", .timeLimit(.minutes(5)))
struct ContainerRolesTests {
    private static let prefix = "eks.amazonaws.com"
    private static let (own, other) = ("arn:aws:iam::111122223333:role/own", "arn:aws:iam::111122223333:role/other")

    private static func pod(annotations: String = "{}") throws -> JSONTree {
        try JSONTree(
            parsing: """
                {"metadata": {"annotations": \(annotations)}, "spec": {"serviceAccountName": "app",
                 "initContainers": [{"name": "init"}], "containers": [{"name": "main"}, {"name": "uploader"}]}}
                """.utf8
        )
    }

    private func mutate(
        _ annotations: [String: String],
        pod: JSONTree? = nil,
        _ change: (inout AWSSettings) -> Void = { _ in }
    ) throws -> PureMutation {
        var settings = AWSSettings()
        change(&settings)
        var account = Annotations()
        for (name, value) in annotations { account["\(Self.prefix)/\(name)"] = value }
        return try PureMutation.run(
            try pod ?? Self.pod(),
            namespace: "ns",
            serviceAccount: .known(account),
            providers: [IRSAProvider(settings: settings)]
        )
    }

    /// The roles of the containers that have one.
    private func roles(_ pod: JSONTree) -> [String: String] {
        var roles: [String: String] = [:]
        for list in ["initContainers", "containers"] {
            for container in pod[path: ["spec", list]]?.elements ?? [] {
                let variables = container["env"]?.elements ?? []
                guard let role = variables.first(where: { $0["name"]?.string == "AWS_ROLE_ARN" }) else { continue }
                roles[container["name"]?.string ?? ""] = role["value"]?.string
            }
        }
        return roles
    }

    @Test(
        "goes to the named containers, and the ServiceAccount's role, if any, to the others",
        arguments: [
            ("uploader=\(own)", "", ["uploader": own]), ("uploader=\(own)", nil, ["uploader": own]),
            ("uploader=\(own)", other, ["uploader": own, "main": other, "init": other]),
            (" main = \(own) , init=\(other),", nil, ["main": own, "init": other]),
            ("uploader=", other, ["main": other, "init": other]),
            ("\"main=\(own),=@x\"", nil, ["main": own + ",=@x"]),
            ("", other, ["uploader": other, "main": other, "init": other]), (" ", nil, [:]),
        ] as [(String, String?, [String: String])]
    )
    func roles(list: String, role: String?, expected: [String: String]) throws {
        var annotations = ["container-roles": list]
        annotations["role-arn"] = role
        let result = try mutate(annotations)
        #expect(roles(result.pod) == expected)
        #expect(result.warnings == [])
        let volumes = result.pod[path: ["spec", "volumes"]]?.elements?.count ?? 0
        #expect(volumes == (expected.isEmpty ? 0 : 1), "all roles use the same token")
        #expect(try mutate(annotations, pod: result.pod).pod == result.pod, "a second mutation changes nothing")
    }

    @Test(
        "goes to no container if the list is malformed, since one might get another's role, and the owner is warned",
        arguments: [
            ("main", "\"main\" is not CONTAINER=ROLE"),
            ("=r", "\"=r\" is not CONTAINER=ROLE"),
            ("main=\(own),main=\(other)", "the container main is named twice"),
            ("main=\"\(own)", "not a comma-separated list of CONTAINER=ROLE"),
            (
                (0...64).map { "c\($0)=r" }.joined(separator: ","),
                "more than 64 containers"
            ),
            (String(repeating: "x", count: 3000), "more than 2100 bytes"),
        ]
    )
    func unreadable(list: String, problem: String) throws {
        let annotations = ["container-roles": list, "role-arn": Self.other]
        let result = try mutate(annotations)
        let text = "\(problem), so no container gets a role: \(Self.prefix)/container-roles"
        #expect(roles(result.pod) == [:])
        #expect(result.reason == .invalidSetting)
        #expect(result.warnings == [text])
        var account = Annotations()
        for (name, value) in annotations { account["\(Self.prefix)/\(name)"] = value }
        #expect(IRSAProvider(settings: AWSSettings()).problems(ofServiceAccount: account).texts == [text])
    }

    @Test("causes a warning for container names that the pod does not have, and for malformed ARNs")
    func warnings() throws {
        let result = try mutate(["container-roles": "main=\(Self.own),ghost=\(Self.own),uploader=arn:x"])
        #expect(result.reason == .malformedRole)
        #expect(
            result.warnings == [
                "the role must have the form arn:PARTITION:iam::ACCOUNT:role/NAME: \"arn:x\", in \(Self.prefix)/container-roles for the container uploader",
                "no container is named ghost, which should have its own identity",
            ]
        )
    }

    @Test("is recorded in annotations of the pod, which stay correct on a second call and are corrected in a copy")
    func annotations() throws {
        let roles = ["container-roles": "uploader=\(Self.own),init=", "role-arn": Self.other]
        let result = try mutate(roles) { $0.annotatesPods = true }
        let written = result.pod[path: ["metadata", "annotations"]]
        #expect(written?["\(Self.prefix)/role-arn"]?.string == Self.other)
        #expect(written?["\(Self.prefix)/container-roles"]?.string == "uploader=\(Self.own)")
        let again = try mutate(roles, pod: result.pod) { $0.annotatesPods = true }
        #expect(again.pod == result.pod && again.warnings == [])
        let copy = try Self.pod(annotations: #"{"\#(Self.prefix)/container-roles":"uploader=\#(Self.other)"}"#)
        let corrected = try mutate(roles, pod: copy) { $0.annotatesPods = true }.pod[path: ["metadata", "annotations"]]
        #expect(corrected?["\(Self.prefix)/container-roles"]?.string == "uploader=\(Self.own)")
    }

    @Test("may be given by name")
    func names() throws {
        let result = try mutate(["container-roles": "main=own"]) {
            $0.roleComposition = RoleComposition(partition: "aws", account: "111122223333")
        }
        #expect(roles(result.pod) == ["main": Self.own])
    }

    @Test("is the one that the container must have, rather than another container's")
    func examined() throws {
        let list = ["container-roles": "uploader=\(Self.own)", "role-arn": Self.other]
        let pod = try mutate(list).pod
        var account = Annotations()
        for (name, value) in list { account["\(Self.prefix)/\(name)"] = value }
        let provider = IRSAProvider(settings: AWSSettings())
        var identity = ""
        func obstacles(_ pod: JSONTree) throws -> [String] {
            try JSONParser().parse(pod.bytes) { root in
                var generator = SeededGenerator(seed: 1)
                let view = try PodView(root, namespace: "ns")
                let inputs = DecisionInputs(serviceAccount: .known(account))
                guard case .inject(let injection) = provider.decide(view, inputs, using: &generator).outcome else {
                    return ["no injection"]
                }
                identity = injection.identity
                return injection.examine(view).filter { $0.obstacle != nil }.map(\.container)
            }
        }
        #expect(try obstacles(pod) == [])
        #expect(identity == "\(Self.other), uploader=\(Self.own)")
        let text = String(decoding: pod.bytes, as: UTF8.self).replacing(Self.own, with: Self.other)
        #expect(try obstacles(try JSONTree(parsing: text.utf8)) == ["uploader"])
    }
}
