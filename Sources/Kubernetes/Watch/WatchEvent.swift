internal import JSON
internal import KubernetesObjects

/// The part of a line of a watch (meta/v1 `WatchEvent`) that the state machine needs.
enum WatchEvent: Equatable {
    case change(WatchChange, resourceVersion: String)
    case bookmark(resourceVersion: String)
    /// The bookmark after the last of the initial events (Kubernetes API concepts, "Streaming lists").
    case initialEventsEnd(resourceVersion: String)
    /// An event whose line exceeds the limit.
    case tooLarge(SkippedLine)
    case error(APIStatus)
    /// An event that cannot be used, for the reason given: it is not JSON, or its type or object is not valid.
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
