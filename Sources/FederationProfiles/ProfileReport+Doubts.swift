internal import YAML

extension ProfileReport {
    /// Which profiles something is wrong with, directly or because their settings may not be those that are meant.
    struct Doubts {
        /// The indexes of profiles.
        var profiles: Set<Int> = []
        /// The names of profiles whose settings are wrong.
        var settings: Set<String> = []
        /// Whether there is a text that could not be read, in which settings may stand.
        var hasUnreadText = false
        /// Whether a document of settings was found.
        var hasSettings = false
        /// Whether there are settings for a profile that there is not, which may be meant for another one.
        var haveStraySettings = false

        /// - Parameter path: the place of what is wrong in a document of settings.
        mutating func add(_ path: [YAMLLines.Step], among names: Set<String>) {
            if path.count >= 2, case .key(let name) = path[1], names.contains(name) {
                settings.insert(name)
            } else {
                haveStraySettings = true
            }
        }

        /// Whether a profile may lack settings that are meant for it.
        func concern(_ name: String, hasSettings: Bool, _ given: ProfileSettings) -> Bool {
            if settings.contains(name) { return true }
            let mayLackSettings = haveStraySettings || hasUnreadText && !self.hasSettings
            return mayLackSettings && hasSettings && given.values[name] == nil
        }
    }
}
