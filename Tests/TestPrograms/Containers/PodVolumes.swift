import Foundation
import TestSupport

/// The content that the kubelet gives a pod's volumes, in the form that container.py reads.
struct PodVolumes {
    let pod: APIObject
    let controlPlane: ControlPlane

    /// The content by volume name.
    func all() async throws -> [String: APIObject] {
        var volumes: [String: APIObject] = [:]
        for volume in pod["spec"]["volumes"].elements {
            guard let name = volume["name"].string else { continue }
            volumes[name] = .object([
                "files": .array(try await files(of: volume).map(owned)),
                "writable": .bool(volume["emptyDir"] != .null),
            ])
        }
        return volumes
    }

    /// A file of a volume, without an owner.
    private struct File {
        let path: String
        let text: String
        let mode: Int64
        var isToken = false
    }

    /// The mode if the pod specifies none.
    private static let defaultMode: Int64 = 0o644

    private func files(of volume: APIObject) async throws -> [File] {
        if volume["emptyDir"] != .null { return [] }
        for kind in ["downwardAPI", "configMap"] where volume[kind] != .null {
            return try await files(of: kind, volume[kind], mode: volume[kind]["defaultMode"].integer)
        }
        guard volume["projected"] != .null else { throw ContainerError.unsupported("volume", volume) }
        var files: [File] = []
        for source in volume["projected"]["sources"].elements {
            guard case .object(let members) = source, let kind = members.keys.first else { continue }
            files += try await self.files(of: kind, source[kind], mode: volume["projected"]["defaultMode"].integer)
        }
        return files
    }

    private func files(of kind: String, _ source: APIObject, mode: Int64?) async throws -> [File] {
        let mode = mode ?? Self.defaultMode
        switch kind {
        case "serviceAccountToken":
            let token = try await controlPlane.token(for: pod, asking: source)
            return [File(path: try text(source["path"]), text: token, mode: mode, isToken: true)]
        case "downwardAPI":
            return try source["items"].elements.map { item in
                let field = try pod.field(text(item["fieldRef"]["fieldPath"]))
                return File(path: try text(item["path"]), text: field, mode: item["mode"].integer ?? mode)
            }
        case "configMap":
            return try await files(ofConfigMap: source, mode: mode)
        default:
            throw ContainerError.unsupported("source of a volume", source)
        }
    }

    private func files(ofConfigMap source: APIObject, mode: Int64) async throws -> [File] {
        let optional = source["optional"].bool == true
        let name = try text(source["name"])
        let namespace = try text(pod["metadata"]["namespace"])
        let found = try await controlPlane.get("configmaps", namespace: namespace)["items"].elements
        guard let map = found.first(where: { $0["metadata"]["name"].string == name }) else {
            guard optional else { throw ContainerError.notFound("the ConfigMap \(name)") }
            return []
        }
        guard source["items"] != .null else {
            guard case .object(let entries) = map["data"] else { return [] }
            return entries.map { File(path: $0.key, text: $0.value.string ?? "", mode: mode) }
        }
        return try source["items"].elements.compactMap { item in
            guard let entry = map["data"][try text(item["key"])].string else {
                guard optional else { throw ContainerError.notFound("an entry of the ConfigMap \(name)") }
                return nil
            }
            return File(path: try text(item["path"]), text: entry, mode: item["mode"].integer ?? mode)
        }
    }

    private func text(_ value: APIObject) throws -> String {
        guard let text = value.string else { throw ContainerError.unsupported("value", value) }
        return text
    }

    /// The user that all containers share owns the tokens. With `fsGroup`, all files belong to that group and are
    /// readable for it. In either case nobody else can read a token. Otherwise files have the pod's mode and belong to
    /// root.
    private func owned(_ file: File) -> APIObject {
        let group = pod["spec"]["securityContext"]["fsGroup"].integer
        let user = file.isToken ? commonUser : nil
        let isPrivate = file.isToken && (user != nil || group != nil)
        let mode = (isPrivate ? 0o600 : file.mode) | (group == nil ? 0 : 0o440)
        return .object([
            "path": .string(file.path), "text": .string(file.text), "mode": .integer(mode),
            "owner": .integer(user ?? 0), "group": .integer(group ?? 0),
        ])
    }

    /// The user of all containers; nil if the pod does not specify it, or specifies several.
    private var commonUser: Int64? {
        let spec = pod["spec"]
        let containers = spec["initContainers"].elements + spec["containers"].elements
        let users = containers.map { container in
            container["securityContext"]["runAsUser"].integer ?? spec["securityContext"]["runAsUser"].integer
        }
        return Set(users).count == 1 ? users[0] : nil
    }
}
