package import ClusterState
package import HTTPServer
internal import JSON
internal import NIOCore
internal import NIOHTTP1
internal import PodIdentity
package import Prometheus
package import ServiceSupport

extension PageRoute {
    /// `/healthz` and `/livez` say that the process runs, and `/readyz` whether it should receive requests. With `?verbose`,
    /// `/readyz` lists each check.
    package static func health(_ readiness: Readiness) -> PageRoute {
        PageRoute("/healthz", "/livez", "/readyz") { request in
            guard request.path == "/readyz" else { return .text(.ok, "ok") }
            guard readiness.isReady else { return .text(.serviceUnavailable, readiness.report) }
            let isVerbose = request.head.query.split(separator: "&").contains { $0.prefix { $0 != "=" } == "verbose" }
            return .text(.ok, isVerbose ? readiness.report : "ok")
        }
    }

    /// `/metrics` in the form that the client asks for.
    package static func metrics(_ registry: PrometheusRegistry) -> PageRoute {
        PageRoute("/metrics") { request in
            let form = MetricsNegotiation(request.head)
            let text = registry.text(form.format)
            let compressed = form.usesGzip ? Gzip.compress(text) : nil
            let body = compressed ?? ByteBuffer(bytes: text)
            var response = HTTPResponse(.ok, contentType: form.format.contentType, body: body)
            response.headers.append(.init(name: "vary", value: "accept, accept-encoding"))
            if compressed != nil { response.headers.append(.init(name: "content-encoding", value: "gzip")) }
            return response
        }
    }

    /// The path of `cache`. Requests for it are counted by name even if the route is not in use.
    package static let cachePath = "/debug/alpha/cache"

    /// `/debug/alpha/cache`: what is known about ServiceAccounts. It lists all of them, with their roles.
    package static func cache(_ index: AnnotationIndex) -> PageRoute {
        PageRoute(cachePath) { _ in
            HTTPResponse(.ok, contentType: "application/json", body: ByteBuffer(bytes: index.json))
        }
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
