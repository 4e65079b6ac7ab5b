package import KubernetesObjects
internal import NIOCore

/// What is known of an object that is too large to be read.
package struct SkippedObject: Equatable, Sendable {
    /// Nil if its name was not found.
    package let key: NamespacedName?
    package let resourceVersion: String?

    /// The name for a log.
    package var name: String { key?.description ?? "unknown" }
}

extension SkippedObject {
    /// - Parameter path: Where the object is.
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

/// A line of a watch that is longer than a line may be.
struct SkippedLine: Equatable {
    private static let object: JSONSkimmer.Path = ["object"]

    /// The type of the event; nil if it was not found.
    let type: String?
    let object: SkippedObject

    static func skimmer() -> JSONSkimmer { JSONSkimmer([["type"]] + SkippedObject.paths(at: object)) }

    init(_ skimmer: JSONSkimmer) {
        type = skimmer[["type"]]
        object = SkippedObject(skimmer, at: Self.object)
    }
}

/// A page of one object that is larger than a page may be.
struct SkippedPage: Equatable {
    private static let item: JSONSkimmer.Path = ["items", "*"]
    private static let version = ["metadata", "resourceVersion"]
    private static let token = ["metadata", "continue"]

    let resourceVersion: String?
    /// The token of the next page.
    let continueToken: String?
    let object: SkippedObject

    static func skimmer() -> JSONSkimmer {
        JSONSkimmer([version, token] + SkippedObject.paths(at: item), counting: item)
    }

    /// - Throws: `KubernetesError.malformedAnswer` unless it was a complete page with at most one object.
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
