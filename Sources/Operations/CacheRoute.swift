package import ClusterState
package import HTTPServer
internal import JSON
package import NIOCore
internal import NIOHTTP1
internal import PodIdentity

/// `/debug/alpha/cache`, which shows the names and annotations of all known ServiceAccounts.
package struct CacheRoute: HTTPRoute {
    package static let paths = ["/debug/alpha/cache"]

    private let index: AnnotationIndex

    package init(index: AnnotationIndex) { self.index = index }

    package var paths: [String] { Self.paths }

    package func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        .immediate(HTTPResponse(.ok, contentType: "application/json", body: ByteBuffer(bytes: index.json)))
    }
}

extension AnnotationIndex {
    /// The whole index as JSON, sorted by name.
    fileprivate var json: [UInt8] {
        let (objects, counts, isSynced) = snapshot
        let entries = objects.map { (name: "\($0.key)", annotations: $0.value.annotations) }.sorted {
            $0.name < $1.name
        }
        var writer = JSONWriter()
        writer.object { dump in
            dump.key("serviceAccounts")
            dump.object { section in
                section.member("synced", isSynced)
                section.member("count", counts.total)
                section.member("withIdentity", counts.withIdentity)
                section.key("items")
                section.object { items in
                    for entry in entries {
                        items.key(escaping: entry.name)
                        items.object { annotations in
                            for (key, value) in entry.annotations.pairs.sorted(by: { $0.key < $1.key }) {
                                annotations.member(escaping: key, value)
                            }
                        }
                    }
                }
            }
        }
        return writer.bytes + Array("\n".utf8)
    }
}
