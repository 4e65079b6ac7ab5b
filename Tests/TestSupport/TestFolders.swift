import Foundation

/// Paths that are derived from the running test program and from this file.
package enum TestFolders {
    /// The build's product folder, which contains the test program and the product's own program.
    package static let products: String = {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: program).deletingLastPathComponent().path
    }()

    /// The root of the repository.
    package static let repository: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.path
    }()

    /// A new folder for logs, which is kept after the tests until the next run uses the same name. Test processes that
    /// run at the same time have different values of the variable `TEST_LOGS`.
    package static func logs(_ name: String) throws -> String {
        let run = ProcessInfo.processInfo.environment["TEST_LOGS"] ?? "tests"
        let folder = "\(products)/test-logs/\(run)/\(name)"
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }
}
