internal import JSON
internal import KubernetesObjects
internal import NIOCore
internal import PodIdentity

/// An Event (`core/v1`) about a ServiceAccount.
struct EventObject {
    let key: EventAggregator.Key
    let occurrence: EventAggregator.Occurrence
    /// Of the ServiceAccount.
    let uid: String
    let name: String

    init(key: EventAggregator.Key, occurrence: EventAggregator.Occurrence, uid: String) {
        self.key = key
        self.occurrence = occurrence
        self.uid = uid
        // As other components name theirs: the object, and a number that two of them will not share.
        let suffix = String(UInt64.random(in: .min ... .max), radix: 16)
        name = "\(key.account.name.prefix(200)).\(suffix)"
    }

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
                $0.member("uid", uid)
            }
            event.member("type", "Warning")
            event.member("reason", key.reason.eventReason)
            event.key("source")
            event.object { $0.member("component", "pod-identity-webhook") }
            event.member("firstTimestamp", Self.time(occurrence.first))
            writeCount(&event)
        }
        return ByteBuffer(bytes: writer.bytes)
    }

    /// What of an Event that exists changes when it happens again.
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

    private static func time(_ seconds: Int) -> String {
        Timestamp(seconds: Int64(seconds)).text
    }
}

extension Reason {
    /// In the form of the reasons of Events: `ServiceAccountUnavailable`.
    package var eventReason: String {
        rawValue.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
