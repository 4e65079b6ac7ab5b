internal import JSON
internal import KubernetesObjects
internal import NIOCore
internal import PodIdentity

/// An Event (`core/v1`) about a ServiceAccount.
struct EventObject {
    let key: EventAggregator.Key
    let occurrence: EventAggregator.Occurrence
    /// The UID of the ServiceAccount; nil if it could not be read.
    let uid: String?
    let name: String

    init(key: EventAggregator.Key, occurrence: EventAggregator.Occurrence, uid: String?) {
        self.key = key
        self.occurrence = occurrence
        self.uid = uid
        // Like other components, this names Events after the object, with a number that makes the name unique.
        let suffix = String(UInt64.random(in: .min ... .max), radix: 16)
        name = "\(key.account.name.prefix(200)).\(suffix)"
    }

    /// The Event to create.
    var body: ByteBuffer {
        var writer = JSONWriter()
        writer.object { event in
            event.member("apiVersion", "v1")
            event.member("kind", "Event")
            event.key("metadata")
            event.object {
                $0.member("name", name)
                $0.member("namespace", key.account.namespace)
            }
            event.key("involvedObject")
            event.object {
                $0.member("apiVersion", "v1")
                $0.member("kind", "ServiceAccount")
                $0.member("namespace", key.account.namespace)
                $0.member("name", key.account.name)
                if let uid { $0.member("uid", uid) }
            }
            event.member("type", "Warning")
            event.member("reason", key.reason)
            event.key("source")
            event.object { $0.member("component", "pod-identity-webhook") }
            event.member("firstTimestamp", Self.time(occurrence.first))
            writeCount(&event)
        }
        return ByteBuffer(bytes: writer.bytes)
    }

    /// The change to an existing Event when its problem occurs again.
    var patch: ByteBuffer {
        var writer = JSONWriter()
        writer.object { writeCount(&$0) }
        return ByteBuffer(bytes: writer.bytes)
    }

    private func writeCount(_ event: inout JSONWriter) {
        event.member("message", key.message)
        event.member("lastTimestamp", Self.time(occurrence.last))
        event.member("count", occurrence.count)
    }

    private static func time(_ seconds: Int) -> String { Timestamp(seconds: Int64(seconds)).text }
}

extension Reason {
    /// The reason in the form used in Events, such as `ServiceAccountUnavailable`.
    package var eventReason: String {
        rawValue.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
