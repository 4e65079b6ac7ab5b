import JSON
import TestSupport
import Testing

/// A review with one part that is far larger than it should be.
struct HostileReview: CustomTestStringConvertible, Sendable {
    let name: String
    /// The HTTP status of the response.
    let status: Int
    private let change: @Sendable (inout JSONTree) -> Void

    var testDescription: String { name }

    init(_ name: String, _ status: Int, _ change: @escaping @Sendable (inout JSONTree) -> Void) {
        self.name = name
        self.status = status
        self.change = change
    }

    func bytes() throws -> [UInt8] {
        var review = try Fixtures.json("review-small.json")
        change(&review)
        return review.bytes
    }

    /// In bytes; about as much as the API server accepts, 3 MiB.
    static let size = 2_800_000

    private static let pod = ["request", "object"]
    private static let long = JSONTree.string(String(repeating: "n", count: size))
    private static let half = JSONTree.string(String(repeating: "v", count: size / 2))

    static let all: [HostileReview] = texts + lists

    /// A review for each text that a tenant controls.
    private static let texts: [HostileReview] = [
        text(["request", "uid"], 400), text(["request", "namespace"], 400),
        text(pod + ["metadata", "name"], 400), text(pod + ["metadata", "generateName"], 400),
        text(pod + ["spec", "serviceAccountName"], 400), text(pod + ["spec", "serviceAccount"], 400),
        text(["request", "name"], 200), text(["request", "operation"], 200), text(["request", "subResource"], 200),
        text(pod + ["metadata", "annotations", "eks.amazonaws.com/token-expiration"], 200),
        text(pod + ["metadata", "annotations", "eks.amazonaws.com/skip-containers"], 200),
        text(pod + ["metadata", "labels", "app"], 200), text(pod + ["spec", "nodeName"], 200),
        HostileReview("the name of a container", 400) {
            $0[making: pod + ["spec", "containers"]] = containers([long])
        },
        HostileReview("the name of a container that has its own credentials", 400) {
            $0[making: pod + ["spec", "containers"]] = containers([long], env: ["AWS_PROFILE"])
        },
        HostileReview("the key of a label that is no string", 400) {
            $0[making: pod + ["metadata", "labels", String(repeating: "k", count: size)]] = .literal("1")
        },
        HostileReview("the API version", 400) { $0[making: ["apiVersion"]] = long },
        HostileReview("the name of a ServiceAccount", 400) { review in
            account(&review)
            review[making: pod + ["metadata", "name"]] = long
        },
        HostileReview("the role of a ServiceAccount", 200) { review in
            account(&review)
            review[making: pod + ["metadata", "annotations"]] = .object(["eks.amazonaws.com/role-arn": long])
        },
    ]

    private static let lists: [HostileReview] = [
        HostileReview("names of containers to skip", 200) { review in
            let names = (0..<380_000).map { "c\($0)" }.joined(separator: ",")
            review[making: pod + ["metadata", "annotations", "eks.amazonaws.com/skip-containers"]] = .string(names)
        },
        HostileReview("annotations of a ServiceAccount that are not known", 200) { review in
            account(&review)
            let members = (0..<80_000).map { "\"eks.amazonaws.com/k\($0)\": \"v\"" }.joined(separator: ",")
            review[making: pod + ["metadata", "annotations"]] = (try? JSONTree(parsing: "{\(members)}".utf8)) ?? .null
        },
        HostileReview("variables of one container that lead elsewhere", 200) {
            $0[making: pod + ["spec", "containers"]] = containers(
                [.string("c")],
                env: Array(repeating: "AWS_PROFILE", count: 80_000)
            )
        },
        HostileReview("containers with their own credentials", 200) {
            let names = (0..<1000).map { JSONTree.string("c\($0)") }
            $0[making: pod + ["spec", "containers"]] = containers(names, env: ["AWS_PROFILE", "AWS_ROLE_ARN"])
        },
        HostileReview("containers", 400) {
            $0[making: pod + ["spec", "containers"]] = containers((0..<60_000).map { .string("c\($0)") })
        },
        HostileReview("mounts at the token's path", 200) { review in
            let path = JSONTree.string("/var/run/secrets/eks.amazonaws.com/serviceaccount")
            let mount = JSONTree.object(["name": .string("v"), "mountPath": path])
            let list = JSONTree.array(Array(repeating: mount, count: 30_000))
            let container = JSONTree.object(["name": .string("c"), "volumeMounts": list])
            review[making: pod + ["spec", "containers"]] = .array([container])
        },
        ephemeral("ephemeral containers of a pod with very many others", others: 1000, 200),
        ephemeral("ephemeral containers of a pod with very many others and labels", others: 1000, 200) { review in
            let labels = Array(repeating: #""":"""#, count: 250_000).joined(separator: ",")
            review[making: pod + ["metadata", "labels"]] = (try? JSONTree(parsing: "{\(labels)}".utf8)) ?? .null
        },
        ephemeral("a long variable, which each ephemeral container would get", others: 1, value: half, 400),
        HostileReview("volumes", 200) { review in
            let volumes = (0..<60_000).map { JSONTree.object(["name": .string("v\($0)")]) }
            review[making: pod + ["spec", "volumes"]] = .array(volumes)
        },
    ]

    private static func text(_ path: [String], _ status: Int) -> HostileReview {
        HostileReview(path.joined(separator: "."), status) { $0[making: path] = long }
    }

    /// Adds ephemeral containers to a pod with containers that have an identity.
    private static func ephemeral(
        _ name: String,
        others: Int,
        value: JSONTree = .string("v"),
        _ status: Int,
        _ change: @escaping @Sendable (inout JSONTree) -> Void = { _ in }
    ) -> HostileReview {
        HostileReview(name, status) { review in
            let token = JSONTree.object(["name": .string("aws-iam-token"), "mountPath": .string("/t")])
            let names = (0..<others).map { JSONTree.string("c\($0)") }
            let file = JSONTree.object([
                "name": .string("AWS_WEB_IDENTITY_TOKEN_FILE"), "value": .string("/t/token"),
            ])
            review[making: pod + ["spec", "containers"]] = .array(
                (containers(names, env: ["AWS_ROLE_ARN"], value: value).elements ?? []).map { other in
                    var other = other
                    other[path: ["env"]] = .array((other["env"]?.elements ?? []) + [file])
                    other[path: ["volumeMounts"]] = .array([token])
                    return other
                }
            )
            let source = #"{"serviceAccountToken":{"audience":"sts.amazonaws.com","path":"token"}}"#
            let volume = #"[{"name":"aws-iam-token","projected":{"sources":[\#(source)]}}]"#
            review[making: pod + ["spec", "volumes"]] = (try? JSONTree(parsing: volume.utf8)) ?? .null
            review[making: pod + ["spec", "ephemeralContainers"]] = containers((0..<1000).map { .string("e\($0)") })
            review[making: ["request", "subResource"]] = .string("ephemeralcontainers")
            review[making: ["request", "operation"]] = .string("UPDATE")
            change(&review)
        }
    }

    fileprivate static func account(_ review: inout JSONTree) {
        for field in ["kind", "requestKind"] {
            review[making: ["request", field, "kind"]] = .string("ServiceAccount")
        }
        for field in ["resource", "requestResource"] {
            review[making: ["request", field, "resource"]] = .string("serviceaccounts")
        }
    }

    private static func containers(
        _ names: [JSONTree],
        env: [String] = [],
        value: JSONTree = .string("v")
    ) -> JSONTree {
        let variables = env.map { JSONTree.object(["name": .string($0), "value": value]) }
        return .array(names.map { .object(["name": $0, "image": .string("i"), "env": .array(variables)]) })
    }
}

extension JSONTree {
    /// Sets the value at a path of member names, and creates missing objects on the way.
    fileprivate subscript(making path: [String]) -> JSONTree {
        get { self[path: path] ?? .null }
        set {
            for count in 1..<path.count where self[path: Array(path.prefix(count))]?.members == nil {
                self[path: Array(path.prefix(count))] = .object([:])
            }
            self[path: path] = newValue
        }
    }
}
