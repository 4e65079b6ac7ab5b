package import KubernetesObjects

/// The content of a text that a provider's decisions depend on in addition to ServiceAccounts, such as a list of
/// identities.
package protocol ProviderConfiguration: Sendable {
    /// Reads a text, which is not empty: an empty text is treated as one that does not exist.
    ///
    /// - Parameter problems: Collects, for the operator, what is skipped.
    /// - Throws: An error that says why the text cannot be used at all.
    init(parsing text: [UInt8], problems: inout Warnings) throws
}

/// The reason why a configuration cannot be used as a whole. As long as there is no other configuration, it is used
/// without the parts that are wrong.
package protocol PartlyUsable: Error {
    var usable: any ProviderConfiguration { get }
}

/// A configuration that is itself a set of providers.
package protocol ProviderSet: ProviderConfiguration {
    var providers: [any IdentityProvider] { get }
}

/// One of the texts of a configuration.
package struct ConfigurationText: Equatable, Sendable {
    /// The name of the file, or the key in a ConfigMap.
    package let name: String
    package let bytes: [UInt8]

    package init(name: String = "", _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Whether the name of a file, or a key in a ConfigMap, is one for YAML.
    package static func isYAML(_ name: String) -> Bool { name.hasSuffix(".yaml") || name.hasSuffix(".yml") }
}

/// Where the text of a configuration is, and how it is read.
package struct ProviderConfigurationSource: Sendable {
    package enum Place: Hashable, Sendable {
        case file(path: String)
        /// The value of a key in a ConfigMap's `data`.
        case configMap(NamespacedName, key: String)
        /// Files, and folders in which each YAML file is read.
        case files([String])
        /// All YAML values, by key, of a ConfigMap's `data`.
        case wholeConfigMap(NamespacedName)
    }

    /// Reads the texts of a configuration. There is at least one text, and none is empty.
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

    /// Whether it is a mistake if there is nothing at this place, rather than an empty configuration.
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
        /// The configuration has not been read, and is not waited for any longer.
        case unavailable
    }

    /// The revision of the keys that the configurations' providers need from ServiceAccounts and Namespaces.
    package var keysRevision: UInt64 = 0
    /// Counts the configurations that have come into use.
    package private(set) var changeCount: UInt64 = 0
    private var values: [ProviderConfigurationSource.Place: any ProviderConfiguration] = [:]
    /// The clouds of the configurations that are a `ProviderSet`, put together here so that no request has to do it.
    private var clouds: [ProviderConfigurationSource.Place: [ProviderChain.Cloud]] = [:]
    /// The places that have not been read; every other place has been.
    private var unread: [ProviderConfigurationSource.Place: Availability]

    /// - Parameter unread: The places that have not been read yet.
    package init(unread: [ProviderConfigurationSource.Place] = []) {
        self.unread = Dictionary(unread.map { ($0, .unread) }) { first, _ in first }
    }

    /// The configuration at a place; nil if its text does not exist, is empty, or has not been read.
    package func value<Value: ProviderConfiguration>(at place: ProviderConfigurationSource.Place) -> Value? {
        values[place] as? Value
    }

    /// The providers in the configuration at a place; none if it is not a `ProviderSet`.
    package func providers(at place: ProviderConfigurationSource.Place) -> [any IdentityProvider] {
        clouds(at: place).flatMap(\.providers)
    }

    func clouds(at place: ProviderConfigurationSource.Place) -> [ProviderChain.Cloud] { clouds[place] ?? [] }

    package func availability(of place: ProviderConfigurationSource.Place) -> Availability { unread[place] ?? .read }

    /// Whether every configuration has been read.
    var areAllRead: Bool { unread.isEmpty }

    package func contains(_ place: ProviderConfigurationSource.Place) -> Bool { values[place] != nil }

    /// - Parameter value: Nil if the text does not exist or is empty.
    package mutating func set(_ place: ProviderConfigurationSource.Place, to value: (any ProviderConfiguration)?) {
        changeCount += 1
        values[place] = value
        clouds[place] = (value as? any ProviderSet).map { ProviderChain.clouds(of: $0.providers) }
        unread[place] = nil
    }

    /// Reads a text and replaces the configuration with it.
    ///
    /// - Returns: What was skipped in the text.
    /// - Throws: An error that says why the text cannot be used; in this case nothing has changed.
    @discardableResult
    package mutating func read(_ text: [UInt8], of source: ProviderConfigurationSource) throws -> Warnings {
        var problems: Warnings = []
        set(source.place, to: try source.read([ConfigurationText(text)], &problems))
        return problems
    }

    /// Notes that a text has been read although it cannot be used; a previous configuration stays in use.
    package mutating func markAsRead(_ place: ProviderConfigurationSource.Place) { unread[place] = nil }

    /// Notes that a configuration that has not been read is not waited for any longer.
    package mutating func markAsUnavailable(_ place: ProviderConfigurationSource.Place) {
        if unread[place] != nil { unread[place] = .unavailable }
    }
}
