internal import JSON
internal import KubernetesObjects

/// A line of a watch (meta/v1 `WatchEvent`), as far as the state machine needs it.
enum WatchEvent: Equatable {
    case change(WatchChange, resourceVersion: String)
    case bookmark(resourceVersion: String)
    /// The bookmark after the last of the initial events (Kubernetes API concepts, "Streaming lists").
    case initialEventsEnd(resourceVersion: String)
    /// An event whose object is larger than a line may be.
    case tooLarge(SkippedLine)
    case error(APIStatus)
    /// The line is not JSON, of an unknown type, or without what every object has; the text says which.
    case damaged(String)

    init(_ root: JSONValue) {
        guard let type = root["type"]?.text?.string(cutTo: 64), let object = root["object"] else {
            self = .damaged("an event of a watch has no type or no object")
            return
        }
        if type == "ERROR" {
            self = .error(APIStatus(object))
            return
        }
        let metadata = ObjectView(object).metadata
        guard let text = metadata.resourceVersion, (1...ObjectMeta.longestVersion).contains(text.utf8.count) else {
            self = .damaged("an event of type \(type) has no resource version, or one that is too long")
            return
        }
        let version = text.string
        if type == "BOOKMARK" {
            let isEnd = metadata.annotation("k8s.io/initial-events-end").map { $0 == "true" } ?? false
            self = isEnd ? .initialEventsEnd(resourceVersion: version) : .bookmark(resourceVersion: version)
        } else if let change = WatchChange(rawValue: type), metadata.name?.isEmpty == false {
            self = .change(change, resourceVersion: version)
        } else {
            self = .damaged("an event of type \(type) is unknown or has no name")
        }
    }
}
