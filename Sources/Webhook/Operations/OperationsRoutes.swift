internal import JSON
internal import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL
internal import PodIdentity
package import Prometheus

/// What operators read on the plain port: `/metrics`, and, where it is allowed, `/debug/alpha/cache`.
package struct OperationsRoutes: Sendable {
    static let metricsPath = RequestLabels.Path.metrics.rawValue
    static let cachePath = RequestLabels.Path.cacheDump.rawValue

    private let registry: PrometheusRegistry
    private let index: AnnotationIndex
    private let showsCache: Bool

    /// - Parameters:
    ///   - droppedLogLines: how many were not written since the start.
    ///   - showsCache: it names all ServiceAccounts and their roles.
    package init(
        registry: PrometheusRegistry,
        index: AnnotationIndex,
        certificate: ServingCertificate,
        droppedLogLines: @escaping @Sendable () -> Int,
        showsCache: Bool
    ) {
        self.registry = registry
        self.index = index
        self.showsCache = showsCache
        registry.onScrape { registry in
            let counts = index.counts
            let accounts = WebhookMetrics.prefix + "service_accounts"
            registry.set(accounts, [("identity", "true")], to: Double(counts.withIdentity))
            registry.set(accounts, [("identity", "false")], to: Double(counts.total - counts.withIdentity))
            let expiration = Double(certificate.context?.leaf?.notAfter ?? 0)
            registry.set(WebhookMetrics.prefix + "certificate_expiration_timestamp_seconds", to: expiration)
            registry.set(WebhookMetrics.prefix + "log_lines_dropped_total", to: Double(droppedLogLines()))
        }
        registry.onScrape(ProcessMetrics.update)
    }

    func serves(_ path: Substring) -> Bool { path == Self.metricsPath || (showsCache && path == Self.cachePath) }

    func respond(to request: HTTPRequest) -> HTTPResponse {
        guard request.path == Self.metricsPath else {
            return HTTPResponse(.ok, contentType: "application/json", body: ByteBuffer(bytes: index.dump))
        }
        let text = ByteBuffer(bytes: registry.text())
        return HTTPResponse(.ok, contentType: PrometheusRegistry.contentType, body: text)
    }
}

extension AnnotationIndex {
    /// Everything in it, as JSON; names and annotations in their order.
    fileprivate var dump: [UInt8] {
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
