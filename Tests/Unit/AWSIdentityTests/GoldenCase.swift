import AWSIdentity
import Foundation
import JSON
import Kubernetes
import PodIdentity
import ProviderSupport
import TestSupport

/// A folder of `Golden`: `pod.yaml`, `serviceaccount.yaml` and `expected.yaml`, the pod afterwards. `case.yaml` may say
/// under `settings` what differs from the defaults, under `reason` why the pod comes out so,
/// and under `warnings` what the caller is told.
struct GoldenCase: CustomStringConvertible {
    let description: String
    let pod: JSONTree
    let serviceAccount: JSONTree
    let expected: JSONTree
    let settings: AWSSettings
    let reason: Reason?
    let warnings: [String]

    static func all() throws -> [GoldenCase] {
        let root = Bundle.module.bundleURL.appendingPathComponent("Golden")
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
        settings = try AWSSettings(options["settings"]?.members ?? [])
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
    fileprivate init(_ members: [JSONTree.Member]) throws {
        self.init()
        for member in members {
            let text = member.value.string ?? String(decoding: member.value.bytes, as: UTF8.self)
            switch member.key.value {
            case "annotationPrefix": annotationPrefix = text
            case "tokenAudience": tokenAudience = text
            case "tokenMountPath": tokenMountPath = text
            case "tokenExpiration": tokenExpiration = TokenExpiration(clamping: Int64(text) ?? 0)
            case "region": region = text
            case "usesRegionalSTS": usesRegionalSTS = text == "true"
            case let name: throw GoldenError(description: "case.yaml: there is no setting \(name)")
            }
        }
    }
}
