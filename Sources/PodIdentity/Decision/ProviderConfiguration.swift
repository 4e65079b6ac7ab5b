package import KubernetesObjects

/// The content of a text, apart from ServiceAccounts, that a provider's decisions depend on, such as a list of identities.
package protocol ProviderConfiguration: Sendable {
    /// Reads a text. It is not empty: an empty text counts as one that does not exist.
    ///
    /// - Parameter problems: collects, for the operator, what is skipped.
    /// - Throws: an error that says why the text cannot be used at all.
    init(parsing text: [UInt8], problems: inout Warnings) throws
}

/// Why a configuration cannot be used as a whole. What is left without the parts that are wrong is used as long as there is no
/// other.
package protocol PartlyUsable: Error {
    var usable: any ProviderConfiguration { get }
}

/// A configuration that is itself a set of providers.
package protocol ProviderSet: ProviderConfiguration {
    var providers: [any IdentityProvider] { get }
}

/// One of the texts of a configuration.
package struct ConfigurationText: Equatable, Sendable {
    /// The name of its file, or its key in a ConfigMap.
    package let name: String
    package let bytes: [UInt8]

    package init(name: String = "", _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Whether the name of a file, or a key in a ConfigMap, is that of a text in YAML.
    package static func isYAML(_ name: String) -> Bool { name.hasSuffix(".yaml") || name.hasSuffix(".yml") }
}

/// Where the text of a configuration is, and how it is read.
package struct ProviderConfigurationSource: Sendable {
    package enum Place: Hashable, Sendable {
        case file(path: String)
        /// The value of a key in a ConfigMap's `data`.
        case configMap(NamespacedName, key: String)
        /// Files, and folders of which each file in YAML is read.
        case files([String])
        /// All values in YAML, by their keys, of a ConfigMap's `data`.
        case wholeConfigMap(NamespacedName)
    }

    /// Reads the texts of a configuration, of which there is at least one; none is empty.
    package typealias Reader = @Sendable ([ConfigurationText], inout Warnings) throws -> any ProviderConfiguration

    package let place: Place
    package let read: Reader

    package init(_ place: Place, _ type: any ProviderConfiguration.Type) {
        self.init(place) { texts, problems in try type.init(parsing: texts.first?.bytes ?? [], problems: &problems) }
    }

    package init(_ place: Place, read: @escaping Reader) {
        self.place = place
        self.read = read
    }
}

extension ProviderConfigurationSource.Place {
    /// The ConfigMap, if the configuration is in one.
    package var configMap: NamespacedName? {
        switch self {
        case .configMap(let name, _), .wholeConfigMap(let name): name
        case .file, .files: nil
        }
    }

    /// Whether nothing at the place is a mistake, and not an empty configuration.
    package var mustExist: Bool {
        switch self {
        case .file, .configMap: false
        case .files, .wholeConfigMap: true
        }
    }
}

extension ProviderConfigurationSource.Place: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let path): path
        case .files(let paths): paths.joined(separator: ", ")
        case .wholeConfigMap(let name): "the ConfigMap \(name)"
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

    /// The revision of the keys that the providers of the configurations need of ServiceAccounts and Namespaces.
    package var keysRevision: UInt64 = 0
    /// Counts the configurations that have come into use.
    package private(set) var changeCount: UInt64 = 0
    private var values: [ProviderConfigurationSource.Place: any ProviderConfiguration] = [:]
    /// The clouds of those that are a `ProviderSet`, so that no request puts them together.
    private var clouds: [ProviderConfigurationSource.Place: [ProviderChain.Cloud]] = [:]
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
    package func providers(at place: ProviderConfigurationSource.Place) -> [any IdentityProvider] {
        clouds(at: place).flatMap(\.providers)
    }

    func clouds(at place: ProviderConfigurationSource.Place) -> [ProviderChain.Cloud] { clouds[place] ?? [] }

    package func availability(of place: ProviderConfigurationSource.Place) -> Availability { unread[place] ?? .read }

    /// Whether there is no configuration that has not been read.
    var areAllRead: Bool { unread.isEmpty }

    package func contains(_ place: ProviderConfigurationSource.Place) -> Bool { values[place] != nil }

    /// - Parameter value: nil if the text does not exist or is empty.
    package mutating func set(_ place: ProviderConfigurationSource.Place, to value: (any ProviderConfiguration)?) {
        changeCount += 1
        values[place] = value
        clouds[place] = (value as? any ProviderSet).map { ProviderChain.clouds(of: $0.providers) }
        unread[place] = nil
    }

    /// Reads a text and replaces the configuration with it.
    ///
    /// - Returns: what was skipped in the text.
    /// - Throws: an error that says why the text cannot be used; then nothing has changed.
    @discardableResult
    package mutating func read(_ text: [UInt8], of source: ProviderConfigurationSource) throws -> Warnings {
        var problems: Warnings = []
        set(source.place, to: try source.read([ConfigurationText(text)], &problems))
        return problems
    }

    /// Notes that a text has been read, although it cannot be used; a previous configuration stays.
    package mutating func markAsRead(_ place: ProviderConfigurationSource.Place) { unread[place] = nil }

    /// Notes that nobody waits any longer for a configuration that has not been read.
    package mutating func markAsUnavailable(_ place: ProviderConfigurationSource.Place) {
        if unread[place] != nil { unread[place] = .unavailable }
    }
}
