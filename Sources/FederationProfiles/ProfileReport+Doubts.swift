internal import YAML

extension ProfileReport {
    /// The profiles with problems, either directly or because their settings may not be the intended ones.
    struct Doubts {
        /// The indices of profiles.
        var profiles: Set<Int> = []
        /// The names of profiles whose settings are wrong.
        var settings: Set<String> = []
        /// Whether a text could not be read, which may have contained settings.
        var hasUnreadText = false
        /// Whether a document of settings was found.
        var hasSettings = false
        /// Whether there are settings for a profile that does not exist, which may be intended for another one.
        var haveStraySettings = false

        /// - Parameter path: The place of the problem in a document of settings.
        mutating func add(_ path: [YAMLLines.Step], among names: Set<String>) {
            if path.count >= 2, case .key(let name) = path[1], names.contains(name) {
                settings.insert(name)
            } else {
                haveStraySettings = true
            }
        }

        /// Whether a profile may lack settings that are intended for it.
        func concern(_ name: String, hasSettings: Bool, _ given: ProfileSettings) -> Bool {
            if settings.contains(name) { return true }
            let mayLackSettings = haveStraySettings || hasUnreadText && !self.hasSettings
            return mayLackSettings && hasSettings && given.values[name] == nil
        }
    }
}
