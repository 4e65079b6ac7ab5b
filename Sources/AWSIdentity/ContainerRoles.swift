internal import GoSyntax
internal import PodIdentity
internal import ProviderSupport

/// The roles of individual containers in an annotation of a ServiceAccount: `CONTAINER=ROLE,CONTAINER=ROLE`. The text
/// is a record of a CSV file, so roles with commas can be quoted.
struct ContainerRoles: Sendable {
    /// The maximum number of containers: a pod rarely has more.
    static let maximumCount = 64

    /// The containers and their roles, in the order of the annotation. A container whose role is empty gets none.
    let entries: [(container: String, role: String)]

    /// Fails if the annotation cannot be parsed, and adds this to `warnings`. It is not used in part either, because a
    /// container might then get the role of another one.
    init?(_ text: String, source: String, warnings: inout Warnings) {
        do throws(Problem) {
            entries = try Self.entries(of: text)
        } catch {
            warnings.append("\(error.text), so no container gets a role: \(source)")
            return nil
        }
    }

    private struct Problem: Error {
        let text: String
    }

    private static func entries(of text: String) throws(Problem) -> [(container: String, role: String)] {
        guard !Annotations.isCut(text) else { throw Problem(text: "more than \(Annotations.maximumValue) bytes") }
        guard let record = GoSyntax.csvRecord(text) else {
            throw Problem(text: "not a comma-separated list of CONTAINER=ROLE")
        }
        var entries: [(container: String, role: String)] = []
        for field in record.lazy.map(\.withoutSurroundingWhitespace) where !field.isEmpty {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let container = String(parts[0]).withoutSurroundingWhitespace
            guard parts.count == 2, !container.isEmpty else {
                throw Problem(text: "\"\(field.abridged)\" is not CONTAINER=ROLE")
            }
            guard !entries.contains(where: { $0.container == container }) else {
                throw Problem(text: "the container \(container.abridged) is named twice")
            }
            guard entries.count < maximumCount else { throw Problem(text: "more than \(maximumCount) containers") }
            entries.append((container, String(parts[1]).withoutSurroundingWhitespace))
        }
        return entries
    }
}
