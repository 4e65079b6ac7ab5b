package import KubernetesObjects

/// The content of a text, apart from ServiceAccounts, that a provider's decisions depend on, such as a list of identities.
package protocol ProviderConfiguration: Sendable {
    /// Reads a text. It is not empty: an empty text counts as one that does not exist.
    ///
    /// - Parameter problems: collects, for the operator, what is skipped.
    /// - Throws: an error that says why the text cannot be used at all.
    init(parsing text: [UInt8], problems: inout Warnings) throws
}

/// A configuration that is itself a set of providers.
package protocol ProviderSet: ProviderConfiguration {
    var providers: [any IdentityProvider] { get }
}

/// Where the text of a configuration is, and which type reads it.
package struct ProviderConfigurationSource: Sendable {
    package enum Place: Hashable, Sendable {
        case file(path: String)
        /// The value of a key in a ConfigMap's `data`.
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

/// The configurations of all providers at one moment.
package struct ProviderConfigurations: Sendable {
    /// Whether the content of a configuration is known.
    package enum Availability: Equatable, Sendable {
        /// The configuration has been read, or there is none.
        case read
        /// The configuration has not been read yet.
        case unread
        /// The configuration has not been read, and nobody waits for it any longer.
        case unavailable
    }

    private var values: [ProviderConfigurationSource.Place: any ProviderConfiguration] = [:]
    /// The places that have not been read; every other place has been.
    private var unread: [ProviderConfigurationSource.Place: Availability]

    /// - Parameter unread: the places that have not been read yet.
    package init(unread: [ProviderConfigurationSource.Place] = []) {
        self.unread = Dictionary(unread.map { ($0, .unread) }) { first, _ in first }
    }

    /// The configuration at a place; nil if its text does not exist, is empty, or has not been read.
    package func value<Value: ProviderConfiguration>(at place: ProviderConfigurationSource.Place) -> Value? {
        values[place] as? Value
    }

    /// The providers that the configuration at a place brings; none if it is not a `ProviderSet`.
    func providers(at place: ProviderConfigurationSource.Place) -> [any IdentityProvider] {
        (values[place] as? any ProviderSet)?.providers ?? []
    }

    package func availability(of place: ProviderConfigurationSource.Place) -> Availability { unread[place] ?? .read }

    package func contains(_ place: ProviderConfigurationSource.Place) -> Bool { values[place] != nil }

    /// - Parameter value: nil if the text does not exist or is empty.
    package mutating func set(_ place: ProviderConfigurationSource.Place, to value: (any ProviderConfiguration)?) {
        values[place] = value
        unread[place] = nil
    }

    /// Reads a text and replaces the configuration with it.
    ///
    /// - Returns: what was skipped in the text.
    /// - Throws: an error that says why the text cannot be used; then nothing has changed.
    @discardableResult
    package mutating func read(_ text: [UInt8], of source: ProviderConfigurationSource) throws -> Warnings {
        var problems: Warnings = []
        set(source.place, to: try source.type.init(parsing: text, problems: &problems))
        return problems
    }

    /// Notes that a text has been read, although it cannot be used; a previous configuration stays.
    package mutating func markAsRead(_ place: ProviderConfigurationSource.Place) { unread[place] = nil }

    /// Notes that nobody waits any longer for a configuration that has not been read.
    package mutating func markAsUnavailable(_ place: ProviderConfigurationSource.Place) {
        if unread[place] != nil { unread[place] = .unavailable }
    }
}
