internal import Foundation
package import JSON

/// Recorded data: conformance cases and AdmissionReviews as a Kubernetes API server sent them.
package enum Fixtures {
    package static func data(_ name: String) throws -> [UInt8] {
        let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name)")
        return Array(try Data(contentsOf: url))
    }

    package static func json(_ name: String) throws -> JSONTree { try JSONTree(parsing: try data(name)) }
}
