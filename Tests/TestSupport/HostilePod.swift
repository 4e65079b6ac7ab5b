package import JSON

/// Pods that the API server accepts, but whose volumes, mounts and variables conflict with an AWS identity.
package enum HostilePod {
    package static let mountPath = "/var/run/secrets/eks.amazonaws.com/serviceaccount"

    private static let volumes = [
        #"{"name":"aws-iam-token","emptyDir":{}}"#,
        #"{"name":"aws-iam-token","projected":{"sources":[{"serviceAccountToken":{"path":"token"}}]}}"#,
        #"{"name":"aws-iam-token","projected":{"sources":[{"serviceAccountToken":"#
            + #"{"audience":"sts.amazonaws.com","path":"token","expirationSeconds":3600}}]}}"#,
        #"{"name":"aws-iam-token-2","emptyDir":{}}"#, #"{"name":"own","emptyDir":{}}"#,
        #"{"name":"own","projected":{"sources":[{"serviceAccountToken":"#
            + #"{"audience":"sts.amazonaws.com","path":"a/token"}}]}}"#,
        #"{"name":"keys","secret":{"secretName":"keys","optional":true}}"#,
    ]

    private static let paths = [
        mountPath, "\(mountPath)/", "/var/run/secrets//eks.amazonaws.com/serviceaccount",
        "/run/secrets/eks.amazonaws.com/serviceaccount", "\(mountPath)/token", "/run/secrets/eks.amazonaws.com",
        "/var/run/secrets", "/var/run/", "/run", "/elsewhere", "/elsewhere/token",
    ]

    private static let variables = [
        #"{"name":"OWN","value":"$(AWS_ROLE_ARN)"}"#, #"{"name":"OWN2","value":"$$(AWS_ROLE_ARN)"}"#,
        #"{"name":"OWN3","value":"$(OWN)-$(AWS_WEB_IDENTITY_TOKEN_FILE)"}"#,
        #"{"name":"AWS_REGION","value":"eu-west-1"}"#,
    ]

    package static func make(
        _ name: String,
        serviceAccount: String,
        using generator: inout some RandomNumberGenerator
    ) throws -> JSONTree {
        var names: Set<String> = []
        let volumes = try volumes.shuffled(using: &generator).prefix(.random(in: 0...4, using: &generator))
            .map { try JSONTree(parsing: $0.utf8) }
            .filter { names.insert($0["name"]?.string ?? "").inserted }
        func containers(_ prefix: String, _ range: ClosedRange<Int>) -> String {
            let count = Int.random(in: range, using: &generator)
            return (0..<count).map { index in
                let own = paths.shuffled(using: &generator).prefix(.random(in: 0...3, using: &generator))
                let mounts = names.isEmpty ? [] : own.map { mount($0, names.sorted(), &generator) }
                let environment = variables.shuffled(using: &generator).prefix(.random(in: 0...3, using: &generator))
                return
                    #"{"name":"\#(prefix)\#(index)","image":"example","env":[\#(environment.joined(separator: ","))],"#
                    + #""volumeMounts":[\#(mounts.joined(separator: ","))]}"#
            }.joined(separator: ",")
        }
        let text = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"\(name)"},"spec":{"serviceAccountName":"\(serviceAccount)",
            "automountServiceAccountToken":false,"volumes":\(String(decoding: JSONTree.array(volumes).bytes, as: UTF8.self)),
            "initContainers":[\(containers("init", 0...1))],"containers":[\(containers("main", 1...3))]}}
            """
        return try JSONTree(parsing: text.utf8)
    }

    private static func mount(
        _ path: String,
        _ volumes: [String],
        _ generator: inout some RandomNumberGenerator
    ) -> String {
        let more = ["", "", #","readOnly":true"#, #","subPath":"token""#, #","subPath":"a""#]
        let volume = volumes.randomElement(using: &generator) ?? ""
        return #"{"name":"\#(volume)","mountPath":"\#(path)"\#(more.randomElement(using: &generator) ?? "")}"#
    }

    /// The containers that cannot reach a token with this audience after the injection, although they had nothing
    /// mounted at its path before.
    package static func failures(_ before: JSONTree, _ after: JSONTree, audience: String) -> [String] {
        let own = Dictionary(uniqueKeysWithValues: containers(of: before).map { ($0["name"]?.string ?? "", $0) })
        return containers(of: after).compactMap { container in
            let name = container["name"]?.string ?? ""
            let isTaken = (own[name]?["volumeMounts"]?.elements ?? []).contains { mount in
                let path = mount["mountPath"]?.string ?? ""
                return [mountPath, "\(mountPath)/token"].contains { TokenOracle.isSame(path, $0) }
            }
            let found = TokenOracle.audience(through: "AWS_WEB_IDENTITY_TOKEN_FILE", container, in: after)
            return found == audience || isTaken ? nil : name
        }
    }

    private static func containers(of pod: JSONTree) -> [JSONTree] {
        ["initContainers", "containers"].flatMap { pod[path: ["spec", $0]]?.elements ?? [] }
    }
}
