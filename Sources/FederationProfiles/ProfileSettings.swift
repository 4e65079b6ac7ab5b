/// The settings of whoever installs profiles: for each profile's name its values by their names.
package struct ProfileSettings: Equatable, Sendable {
    /// The length of a value in bytes of UTF-8, which may be a certificate.
    package static let maximumBytes = 16 * 1024

    package var values: [String: [String: String]]

    package init(_ values: [String: [String: String]] = [:]) { self.values = values }
}
