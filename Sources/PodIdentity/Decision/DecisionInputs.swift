package import KubernetesObjects

/// Everything that a decision depends on, as known at one moment.
package struct DecisionInputs: Sendable {
    /// What is known about a ServiceAccount or a Namespace.
    package enum Object: Equatable, Sendable {
        case known(Annotations)
        /// The object does not exist.
        case absent
        /// The object has not been looked up yet.
        case unknown
        /// The object could not be looked up, for this reason.
        case unavailable(String)

        /// Whether the object was read with all keys that have been kept since this revision.
        package func isKept(since revision: UInt64) -> Bool {
            if case .known(let annotations) = self { annotations.keysRevision >= revision } else { true }
        }
    }

    /// Something that must be looked up before a decision is possible.
    package enum Need: Equatable, Sendable {
        case serviceAccount(NamespacedName)
        case namespace(String)
        case configuration(ProviderConfigurationSource.Place)
    }

    package var serviceAccount: Object

    /// The pod's Namespace; nil if Namespaces are not watched.
    package var namespace: Object?

    /// The version of the API server; nil if it is not known.
    package var serverVersion: ServerVersion?

    package var configurations: ProviderConfigurations

    package init(
        serviceAccount: Object,
        namespace: Object? = nil,
        serverVersion: ServerVersion? = nil,
        configurations: ProviderConfigurations = .init()
    ) {
        self.serviceAccount = serviceAccount
        self.namespace = namespace
        self.serverVersion = serverVersion
        self.configurations = configurations
    }
}

/// The version of an API server (`/version`).
package struct ServerVersion: Equatable, Comparable, Sendable {
    package let major: Int
    package let minor: Int

    package init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// - Parameter minor: Some distributions add a sign, as in `32+`.
    package init?(major: String, minor: String) {
        guard let first = Int(major.prefix(4)), let second = Int(minor.prefix(6).prefix(while: \.isWholeNumber)) else {
            return nil
        }
        self.init(first, second)
    }

    package static func < (one: ServerVersion, other: ServerVersion) -> Bool {
        (one.major, one.minor) < (other.major, other.minor)
    }
}

/// A value, or what must be looked up before it can be determined.
package enum Answer<Value> {
    case ready(Value)
    case needs(DecisionInputs.Need)

    /// The value; nil if something must be looked up first.
    package var value: Value? { if case .ready(let value) = self { value } else { nil } }
}

extension Answer: Sendable where Value: Sendable {}
