internal import JSON

/// A line of a watch (meta/v1 `WatchEvent`), as far as the state machine needs it.
enum WatchEvent: Equatable {
    case change(WatchChange, resourceVersion: String)
    case bookmark(resourceVersion: String)
    case error(APIStatus)
    /// Not JSON, of an unknown type, or without what every object has; the text says why.
    case damaged(String)

    init(_ root: JSONValue) {
        guard let type = root["type"]?.string, let object = root["object"] else {
            self = .damaged("an event of a watch has no type or no object")
            return
        }
        if type == "ERROR" {
            self = .error(APIStatus(object))
            return
        }
        let metadata = ObjectView(object).metadata
        guard let version = metadata.resourceVersion?.string, !version.isEmpty else {
            self = .damaged("an event of type \(type) has no resource version")
            return
        }
        if type == "BOOKMARK" {
            self = .bookmark(resourceVersion: version)
        } else if let change = WatchChange(rawValue: type), metadata.name?.isEmpty == false {
            self = .change(change, resourceVersion: version)
        } else {
            self = .damaged("an event of type \(type) is unknown or has no name")
        }
    }
}
