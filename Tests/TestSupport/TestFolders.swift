import Foundation

/// Where things are, found from the running test program and from this file.
package enum TestFolders {
    /// The build's product folder: it holds the test program and the product's own.
    package static let products: String = {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: program).deletingLastPathComponent().path
    }()

    /// The top of the repository.
    package static let repository: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.path
    }()

    /// A new folder for logs, kept after the tests until the next run uses the same name. Tests that run at the same time
    /// in another process have another value of the variable `TEST_LOGS`.
    package static func logs(_ name: String) throws -> String {
        let run = ProcessInfo.processInfo.environment["TEST_LOGS"] ?? "tests"
        let folder = "\(products)/test-logs/\(run)/\(name)"
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }
}
