package import KubernetesObjects

/// A text beside the ServiceAccounts that providers decide by, such as a list of identities. The server fetches it, has
/// it read and keeps what it says up to date.
package struct Document: Sendable {
    /// Where the text is.
    package enum Place: Hashable, Sendable {
        case file(path: String)
        /// The value of a key of a ConfigMap's `data`.
        case configMap(NamespacedName, key: String)
    }

    /// What a text says, as far as it could be read.
    package struct Content: Sendable {
        /// Of a type that the providers know.
        package let value: any Sendable
        /// What was passed over, for the operator.
        package let problems: Warnings

        package init(_ value: any Sendable, problems: Warnings = []) {
            self.value = value
            self.problems = problems
        }
    }

    package let place: Place
    /// Throws what keeps the whole text from being used. An empty text is never read: it says nothing, as an absent one.
    package let read: @Sendable ([UInt8]) throws -> Content

    package init(_ place: Place, read: @escaping @Sendable ([UInt8]) throws -> Content) {
        self.place = place
        self.read = read
    }
}

extension Document.Place: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let path): path
        case .configMap(let name, let key): "the key \(key) of the ConfigMap \(name)"
        }
    }
}

/// What the documents say, at one moment.
package struct Documents: Sendable {
    /// Whether it is known what a document says.
    package enum Availability: Equatable, Sendable {
        /// It has been read, or there is none.
        case read
        /// It has not been read yet.
        case unread
        /// It has not been read, and was waited for long enough.
        case unavailable
    }

    private var values: [Document.Place: any Sendable] = [:]
    /// What is not here has been read.
    private var unread: [Document.Place: Availability]

    /// - Parameter unread: what has not been read yet.
    package init(unread: [Document.Place] = []) {
        self.unread = Dictionary(unread.map { ($0, .unread) }) { first, _ in first }
    }

    /// Nil where there is no text, or it is empty, or it has not been read.
    package func value<Value: Sendable>(at place: Document.Place, as type: Value.Type = Value.self) -> Value? {
        values[place] as? Value
    }

    package func availability(of place: Document.Place) -> Availability { unread[place] ?? .read }

    package func contains(_ place: Document.Place) -> Bool { values[place] != nil }

    /// - Parameter value: nil where there is no text, or it is empty.
    package mutating func set(_ place: Document.Place, to value: (any Sendable)?) {
        values[place] = value
        unread[place] = nil
    }

    /// It has been read, and cannot be used: what it said before, if anything, stays.
    package mutating func keep(_ place: Document.Place) { unread[place] = nil }

    /// It is not waited for any longer.
    package mutating func giveUp(_ place: Document.Place) {
        if unread[place] != nil { unread[place] = .unavailable }
    }
}
