package import HTTPServer
package import NIOCore
internal import NIOHTTP1
package import Prometheus

/// `/metrics`, in the text format of Prometheus.
package struct MetricsRoute: HTTPRoute {
    package static let paths = ["/metrics"]

    private let registry: PrometheusRegistry

    package init(registry: PrometheusRegistry) { self.registry = registry }

    package var paths: [String] { Self.paths }

    package func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        let text = ByteBuffer(bytes: registry.text())
        return .immediate(HTTPResponse(.ok, contentType: PrometheusRegistry.contentType, body: text))
    }
}
