import Foundation
internal import JSON
internal import Kubernetes
package import TestSupport

/// A file of manifests, as separate objects.
package struct InstallManifest: Sendable {
    package private(set) var objects: [APIObject]

    package init(yaml: String) throws {
        objects = try Manifests.parse(Array(yaml.utf8), file: "manifests").map {
            try APIObject(json: String(decoding: $0.tree.bytes, as: UTF8.self))
        }
    }

    private init(_ objects: [APIObject]) { self.objects = objects }

    /// deploy/pod-identity-webhook.yaml.
    package static func ofRepository() throws -> InstallManifest {
        let path = "\(TestFolders.repository)/deploy/pod-identity-webhook.yaml"
        return try InstallManifest(yaml: String(contentsOfFile: path, encoding: .utf8))
    }

    /// The only object of a kind; null if there is none.
    package subscript(kind: String) -> APIObject { objects.first { $0["kind"].string == kind } ?? .null }

    package func filter(_ isIncluded: (APIObject) -> Bool) -> InstallManifest {
        InstallManifest(objects.filter(isIncluded))
    }

    package func of(kinds: Set<String>) -> InstallManifest {
        filter { kinds.contains($0["kind"].string ?? "") }
    }

    /// Removes a verb from every RBAC rule for a resource.
    package mutating func revoke(_ verb: String, of resource: String) {
        for index in objects.indices where objects[index]["rules"] != .null {
            var rules = objects[index]["rules"].elements
            for rule in rules.indices where rules[rule]["resources"][0].string == resource {
                rules[rule]["verbs"].elements.removeAll { $0.string == verb }
            }
            // Kubernetes refuses rules without verbs.
            objects[index]["rules"].elements = rules.filter { !$0["verbs"].elements.isEmpty }
        }
    }

    /// Adds arguments to the Deployment's container.
    package mutating func add(arguments: [String]) {
        for object in objects.indices where objects[object]["kind"].string == "Deployment" {
            objects[object]["spec"]["template"]["spec"]["containers"][0]["args"].elements += arguments.map(
                APIObject.string
            )
        }
    }

    /// The objects that kubectl is to create, with all pods changed to conform to the Pod Security Standard
    /// "restricted", which the webhook's own namespace enforces.
    /// - Returns: JSON, one object per line.
    package static func restricted(_ yaml: String) throws -> String {
        try InstallManifest(yaml: yaml).objects.map { PodSecurity.restricted($0).description }.joined(separator: "\n")
    }

    /// The objects as a list for kubectl.
    package var list: String {
        APIObject.object(["apiVersion": .string("v1"), "kind": .string("List"), "items": .array(objects)]).description
    }
}

extension ControlPlane {
    /// Applies the objects whose kinds exist in this version of Kubernetes.
    /// - Returns: The output of kubectl.
    @discardableResult
    package func apply(_ manifest: InstallManifest, arguments: [String] = []) async throws -> String {
        let versions = try await kubectl(["api-versions"]).split(separator: "\n").map(String.init)
        let served = manifest.filter { versions.contains($0["apiVersion"].string ?? "") }
        return try await kubectl(["apply", "-f", "-"] + arguments, input: served.list)
    }
}
