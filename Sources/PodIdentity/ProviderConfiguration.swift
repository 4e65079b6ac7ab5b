package import KubernetesObjects

/// What a text beside the ServiceAccounts says that a provider decides by, such as a list of identities.
package protocol ProviderConfiguration: Sendable {
    /// Reads a text that is not empty: an empty one says nothing, like one that does not exist.
    ///
    /// - Parameter problems: gets what is passed over, for the operator.
    /// - Throws: what keeps the whole text from being used.
    init(parsing text: [UInt8], problems: inout Warnings) throws
}

/// Where the text of a configuration is, and what it is read as. The server fetches it and keeps what it says up to date.
package struct ProviderConfigurationSource: Sendable {
    package enum Place: Hashable, Sendable {
        case file(path: String)
        /// The value of a key of a ConfigMap's `data`.
        case configMap(NamespacedName, key: String)
    }

    package let place: Place
    package let type: any ProviderConfiguration.Type

    package init(_ place: Place, _ type: any ProviderConfiguration.Type) {
        self.place = place
        self.type = type
    }
}

extension ProviderConfigurationSource.Place: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let path): path
        case .configMap(let name, let key): "the key \(key) of the ConfigMap \(name)"
        }
    }
}

/// What the configurations of all providers say at one moment.
package struct ProviderConfigurations: Sendable {
    /// Whether it is known what a configuration says.
    package enum Availability: Equatable, Sendable {
        /// It has been read, or there is none.
        case read
        /// It has not been read yet.
        case unread
        /// It has not been read, and was waited for long enough.
        case unavailable
    }

    private var values: [ProviderConfigurationSource.Place: any ProviderConfiguration] = [:]
    /// A place that is not here has been read.
    private var unread: [ProviderConfigurationSource.Place: Availability]

    /// - Parameter unread: what has not been read yet.
    package init(unread: [ProviderConfigurationSource.Place] = []) {
        self.unread = Dictionary(unread.map { ($0, .unread) }) { first, _ in first }
    }

    /// Nil where there is no text, or it is empty, or it has not been read.
    package func value<Value: ProviderConfiguration>(at place: ProviderConfigurationSource.Place) -> Value? {
        values[place] as? Value
    }

    package func availability(of place: ProviderConfigurationSource.Place) -> Availability { unread[place] ?? .read }

    package func contains(_ place: ProviderConfigurationSource.Place) -> Bool { values[place] != nil }

    /// - Parameter value: nil where there is no text, or it is empty.
    package mutating func set(_ place: ProviderConfigurationSource.Place, to value: (any ProviderConfiguration)?) {
        values[place] = value
        unread[place] = nil
    }

    /// Reads a text and keeps what it says.
    ///
    /// - Returns: what of the text was passed over.
    /// - Throws: what keeps the text from being used; then nothing has changed.
    @discardableResult
    package mutating func read(_ text: [UInt8], of source: ProviderConfigurationSource) throws -> Warnings {
        var problems: Warnings = []
        set(source.place, to: try source.type.init(parsing: text, problems: &problems))
        return problems
    }

    /// Takes what a place says from others.
    package mutating func take(_ place: ProviderConfigurationSource.Place, from others: ProviderConfigurations) {
        set(place, to: others.values[place])
    }

    /// A text has been read that cannot be used: what it said before, if anything, stays.
    package mutating func keep(_ place: ProviderConfigurationSource.Place) { unread[place] = nil }

    /// The configuration is not waited for any longer.
    package mutating func giveUp(_ place: ProviderConfigurationSource.Place) {
        if unread[place] != nil { unread[place] = .unavailable }
    }
}
