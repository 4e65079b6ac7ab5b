/// The settings of an installation: the values by name, for the name of each profile.
package struct ProfileSettings: Equatable, Sendable {
    /// The maximum length of a value in bytes of UTF-8. A value may be a certificate.
    package static let maximumBytes = 16 * 1024

    package var values: [String: [String: String]]

    package init(_ values: [String: [String: String]] = [:]) { self.values = values }
}
