package import KubernetesObjects
internal import NIOCore

/// What is known about an object that is too large to be read.
package struct SkippedObject: Equatable, Sendable {
    /// The namespace and the name; nil if the name was not found.
    package let key: NamespacedName?
    package let resourceVersion: String?

    /// The name for a log.
    package var name: String { key?.description ?? "unknown" }
}

extension SkippedObject {
    /// - Parameter path: The path of the object in the document.
    init(_ skimmer: JSONSkimmer, at path: JSONSkimmer.Path) {
        key = skimmer[path + ["metadata", "name"]].map { name in
            NamespacedName(namespace: skimmer[path + ["metadata", "namespace"]] ?? "", name: name)
        }
        resourceVersion = skimmer[path + ["metadata", "resourceVersion"]]
    }

    static func paths(at path: JSONSkimmer.Path) -> [JSONSkimmer.Path] {
        ["name", "namespace", "resourceVersion"].map { path + ["metadata", $0] }
    }
}

/// A line of a watch that exceeds the limit.
struct SkippedLine: Equatable {
    private static let object: JSONSkimmer.Path = ["object"]

    /// The event's type; nil if it was not found.
    let type: String?
    let object: SkippedObject

    static func skimmer() -> JSONSkimmer { JSONSkimmer([["type"]] + SkippedObject.paths(at: object)) }

    init(_ skimmer: JSONSkimmer) {
        type = skimmer[["type"]]
        object = SkippedObject(skimmer, at: Self.object)
    }
}

/// A page with a single object that exceeds the limit for pages.
struct SkippedPage: Equatable {
    private static let item: JSONSkimmer.Path = ["items", "*"]
    private static let version = ["metadata", "resourceVersion"]
    private static let token = ["metadata", "continue"]

    let resourceVersion: String?
    /// The token of the next page.
    let continueToken: String?
    let object: SkippedObject

    var metadata: ListMeta { ListMeta(resourceVersion: resourceVersion, continueToken: continueToken) }

    static func skimmer() -> JSONSkimmer {
        JSONSkimmer([version, token] + SkippedObject.paths(at: item), counting: item)
    }

    /// - Throws: `KubernetesError.malformedAnswer` unless this is a complete list with at most one object.
    init(_ skimmer: JSONSkimmer) throws(KubernetesError) {
        guard skimmer.isComplete else { throw .malformedAnswer("a page of a list has no end") }
        guard skimmer.count <= 1 else {
            throw .malformedAnswer("\(skimmer.count) objects came where one was asked for, larger than a page may be")
        }
        resourceVersion = skimmer[Self.version]
        continueToken = skimmer[Self.token]
        object = SkippedObject(skimmer, at: Self.item)
    }
}
