package import AWSIdentity
package import JSON
internal import ProviderSupport

/// A pod before and after the Amazon EKS webhook, as recorded from it (`Fixtures/cases.jsonl`).
package struct ConformanceCase: Sendable, CustomStringConvertible {
    /// The flags of the recorded webhook.
    package enum Profile: String, Sendable, CaseIterable {
        /// Defaults.
        case a
        /// Every IRSA flag set to a value other than its default.
        case b
        /// Container credentials.
        case c
    }

    package let id: String
    package let profile: Profile
    package let namespace: String
    package let serviceAccount: JSONTree
    package let usesContainerCredentials: Bool
    package let pod: JSONTree
    package let expected: JSONTree
    /// Whether the recorded pod has a container that cannot reach its token, or a volume that is not mounted.
    /// `expected` is then the correct pod instead of the recorded one (`Fixtures/cases-corrected.jsonl`).
    package let isCorrected: Bool

    package var description: String { id }

    package static func all(_ profiles: Profile...) throws -> [ConformanceCase] {
        let lines = try Fixtures.data("cases.jsonl").split(separator: UInt8(ascii: "\n"))
        let corrections = try corrections()
        return try lines.compactMap { try ConformanceCase(try JSONTree(parsing: $0), corrections) }
            .filter { profiles.contains($0.profile) }
    }

    /// The correct pods, by the ID of their case.
    private static func corrections() throws -> [String: JSONTree] {
        let lines = try Fixtures.data("cases-corrected.jsonl").split(separator: UInt8(ascii: "\n"))
        return try lines.reduce(into: [:]) { corrections, line in
            let tree = try JSONTree(parsing: line)
            corrections[tree["id"]?.string ?? ""] = tree["expected"]
        }
    }

    private init?(_ tree: JSONTree, _ corrections: [String: JSONTree]) throws {
        guard let id = tree["id"]?.string, let profile = tree["profile"]?.string.flatMap(Profile.init),
            let namespace = tree["namespace"]?.string, let serviceAccount = tree["serviceAccount"],
            let pod = tree["pod"], let expected = tree["expected"]
        else { throw JSONError.malformed("a conformance case lacks a field") }
        self.id = id
        self.profile = profile
        self.namespace = namespace
        self.serviceAccount = serviceAccount
        self.pod = pod
        self.expected = corrections[id] ?? expected
        isCorrected = corrections[id] != nil
        usesContainerCredentials = tree["containerCredentials"] == .literal("true")
    }

    /// The pod as Kubernetes reads it: volumes by name, and without members that mean the same as their absence.
    package static func normalised(_ pod: JSONTree) -> JSONTree {
        var pod = pod
        for list in ["containers", "initContainers"] {
            guard let containers = pod[path: ["spec", list]]?.elements else { continue }
            pod[path: ["spec", list]] = .array(containers.map(normalisedContainer))
        }
        if let volumes = pod[path: ["spec", "volumes"]]?.elements {
            let sorted = volumes.map(normalisedVolume).sorted { $0["name"]?.string ?? "" < $1["name"]?.string ?? "" }
            pod[path: ["spec", "volumes"]] = .array(sorted)
        }
        return pod
    }

    /// The token expiration for EKS Pod Identity is random within a range unless one is requested.
    private static func normalisedVolume(_ volume: JSONTree) -> JSONTree {
        var volume = volume
        guard volume["name"]?.string == "eks-pod-identity-token",
            var source = volume[path: ["projected", "sources"]]?.elements?.first,
            case .literal(let text)? = source[path: ["serviceAccountToken", "expirationSeconds"]],
            let seconds = Int(text), (79200...86400).contains(seconds)
        else { return volume }
        source[path: ["serviceAccountToken", "expirationSeconds"]] = .string("79200...86400")
        volume[path: ["projected", "sources"]] = .array([source])
        return volume
    }

    private static func normalisedContainer(_ container: JSONTree) -> JSONTree {
        var container = container
        if container["resources"] == .object([:]) { container["resources"] = nil }
        if let environment = container["env"]?.elements {
            container["env"] = .array(
                environment.map { variable in
                    var variable = variable
                    if variable["value"] == .string("") { variable["value"] = nil }
                    return variable
                }
            )
        }
        return container
    }
}

extension ConformanceCase {
    /// The container credentials file for these cases, each in the namespace that `namespace` returns.
    package static func identities(_ cases: [ConformanceCase], namespace: (ConformanceCase) -> String) -> String {
        let identities = cases.filter(\.usesContainerCredentials).map { sample in
            JSONTree.object([
                "namespace": .string(namespace(sample)),
                "serviceAccount": sample.serviceAccount[path: ["metadata", "name"]] ?? .null,
            ])
        }
        return JSONTree.object(["identities": .array(identities)]).pretty
    }
}

extension ConformanceCase.Profile {
    /// The flags of the profile, as settings.
    package var settings: AWSSettings {
        var settings = AWSSettings()
        switch self {
        case .a: break
        case .b:
            settings.annotationPrefix = "irsa.example.com"
            settings.region = "us-gov-west-1"
            settings.usesRegionalSTS = true
            settings.tokenMountPath = "/var/run/secrets/custom/path"
            settings.tokenExpiration = TokenExpiration(clamping: 7200)
            settings.tokenAudience = "custom-audience"
        case .c:
            settings.region = "eu-central-1"
        }
        return settings
    }
}
