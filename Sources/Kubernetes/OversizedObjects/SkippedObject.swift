internal import NIOCore

/// An object that is too large to be read, as far as anything can be told of it.
package struct SkippedObject: Equatable, Sendable {
    /// Nil where its name was not found.
    package let key: ObjectKey?
    package let resourceVersion: String?

    package init(key: ObjectKey?, resourceVersion: String?) {
        self.key = key
        self.resourceVersion = resourceVersion
    }

    /// For a log.
    package var name: String { key?.description ?? "unknown" }

    /// Where an object's metadata is.
    init(_ skimmer: JSONSkimmer, at path: JSONSkimmer.Path) {
        key = skimmer[path + ["metadata", "name"]].map { name in
            ObjectKey(namespace: skimmer[path + ["metadata", "namespace"]] ?? "", name: name)
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

    /// The event's type; nil where it was not found.
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
    /// Of the page behind it.
    let continueToken: String?
    let object: SkippedObject

    static func skimmer() -> JSONSkimmer {
        JSONSkimmer([version, token] + SkippedObject.paths(at: item), counting: item)
    }

    /// - Throws: `KubernetesError.malformedAnswer` unless it is the whole of a list with one object or none.
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
