internal import Foundation
package import JSON

/// Recorded data: conformance cases and AdmissionReviews as a Kubernetes API server sent them.
package enum Fixtures {
    package static func data(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: url(name)))
    }

    package static func text(_ name: String) throws -> String { String(decoding: try data(name), as: UTF8.self) }

    /// The path of a file, for programs that read it themselves.
    package static func path(_ name: String) -> String { url(name).path }

    /// The location of a file or folder.
    static func url(_ name: String) -> URL { Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name)") }

    package static func json(_ name: String) throws -> JSONTree { try JSONTree(parsing: try data(name)) }
}
