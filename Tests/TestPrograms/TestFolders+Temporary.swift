import Foundation
package import TestSupport

extension TestFolders {
    /// A new folder that is removed when the tests end.
    package static func temporary(_ name: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pod-identity-webhook-\(name)-\(UUID().uuidString)").path
        ProcessGuardian.shared.remove(folder: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }
}
