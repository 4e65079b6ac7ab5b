package import HTTPServer
package import NIOCore
internal import NIOHTTP1
package import ServiceSupport

/// `/healthz` and `/livez` say that the process is running. `/readyz` says whether requests should be sent to it, and with
/// `?verbose` it shows each check.
package struct HealthRoute: HTTPRoute {
    private static let readinessPath = "/readyz"
    package static let paths = ["/healthz", "/livez", readinessPath]

    private let readiness: Readiness

    package init(readiness: Readiness) { self.readiness = readiness }

    package var paths: [String] { Self.paths }

    package func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        guard request.path == Self.readinessPath else { return .immediate(.text(.ok, "ok")) }
        guard readiness.isReady else { return .immediate(.text(.serviceUnavailable, readiness.report)) }
        let isVerbose = request.head.query.split(separator: "&").contains { $0.prefix { $0 != "=" } == "verbose" }
        return .immediate(.text(.ok, isVerbose ? readiness.report : "ok"))
    }
}
