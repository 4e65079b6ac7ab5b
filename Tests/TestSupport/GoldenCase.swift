package import AWSIdentity
internal import Foundation
package import JSON
internal import Kubernetes
package import PodIdentity
internal import ProviderSupport

/// A folder of `Fixtures/Golden`: `pod.yaml`, `serviceaccount.yaml`, and `expected.yaml`, the pod afterwards.
/// `case.yaml` may contain the `settings` that differ from the defaults, the `reason` for the result, and the expected
/// `warnings`.
package struct GoldenCase: CustomStringConvertible, Sendable {
    package let description: String
    package let pod: JSONTree
    package let serviceAccount: JSONTree
    package let expected: JSONTree
    package let settings: AWSSettings
    /// The command-line flags that have the same effect as the settings.
    package let flags: [String]
    package let reason: Reason?
    package let warnings: [String]

    package static func all() throws -> [GoldenCase] {
        let root = Fixtures.url("Golden")
        return try FileManager.default.contentsOfDirectory(atPath: root.path).sorted().map { name in
            try GoldenCase(name, in: root.appendingPathComponent(name))
        }
    }

    private init(_ name: String, in folder: URL) throws {
        description = name
        pod = try Self.read("pod.yaml", in: folder)
        serviceAccount = try Self.read("serviceaccount.yaml", in: folder)
        expected = try Self.read("expected.yaml", in: folder)
        let hasOptions = FileManager.default.fileExists(atPath: folder.appendingPathComponent("case.yaml").path)
        let options = hasOptions ? try Self.read("case.yaml", in: folder) : .object([:])
        var settings = AWSSettings()
        flags = try (options["settings"]?.members ?? []).map { try settings.set($0) }
        self.settings = settings
        reason = options["reason"]?.string.flatMap(Reason.init)
        warnings = options["warnings"]?.elements?.compactMap(\.string) ?? []
    }

    private static func read(_ file: String, in folder: URL) throws -> JSONTree {
        let data = try Data(contentsOf: folder.appendingPathComponent(file))
        guard let manifest = try Manifests.parse(Array(data), file: file).first else {
            throw GoldenError(description: "\(folder.path)/\(file) is empty")
        }
        return manifest.tree
    }
}

private struct GoldenError: Error, CustomStringConvertible {
    let description: String
}

extension AWSSettings {
    /// - Returns: The command-line flag for this setting.
    fileprivate mutating func set(_ member: JSONTree.Member) throws -> String {
        let text = member.value.string ?? String(decoding: member.value.bytes, as: UTF8.self)
        switch member.key.value {
        case "annotationPrefix":
            annotationPrefix = text
            return "--annotation-prefix=\(text)"
        case "tokenAudience":
            tokenAudience = text
            return "--token-audience=\(text)"
        case "tokenMountPath":
            tokenMountPath = text
            return "--token-mount-path=\(text)"
        case "tokenExpiration":
            tokenExpiration = TokenExpiration(clamping: Int64(text) ?? 0)
            return "--token-expiration=\(text)"
        case "region":
            region = text
            return "--aws-default-region=\(text)"
        case "usesRegionalSTS":
            usesRegionalSTS = text == "true"
            return "--sts-regional-endpoint=\(text)"
        case let name: throw GoldenError(description: "case.yaml: there is no setting \(name)")
        }
    }
}

extension AWSSettings {
    /// The defaults with the annotations of Namespaces enabled.
    package static var namespaceRoles: AWSSettings {
        var settings = AWSSettings()
        settings.usesNamespaceRoles = true
        return settings
    }
}
