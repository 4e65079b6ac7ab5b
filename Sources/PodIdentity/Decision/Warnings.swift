internal import JSON

/// Warnings for the author of an object. The texts quote what the author wrote, so their number and length are limited:
/// texts beyond the limit are only counted.
package struct Warnings: Equatable, Sendable {
    package static let maximumCount = 20
    /// The maximum length of a text in bytes of UTF-8.
    package static let maximumBytes = 512

    /// The first `maximumCount` texts.
    package private(set) var texts: [String] = []
    /// The number of texts that were left out.
    package private(set) var omitted = 0

    package init() {}

    package var isEmpty: Bool { texts.isEmpty }

    /// The number of texts, including those that were left out.
    package var count: Int { texts.count + omitted }

    /// - Parameter text: Evaluated only if there is room for it.
    package mutating func append(_ text: @autoclosure () -> String) {
        guard texts.count < Self.maximumCount else {
            omitted += 1
            return
        }
        texts.append(text().cut(to: Self.maximumBytes))
    }

    /// Counts texts that have been left out.
    mutating func omit(_ count: Int) { omitted += count }

    package mutating func append(contentsOf others: Warnings) {
        for text in others.texts { append(text) }
        omitted += others.omitted
    }

    package static func += (warnings: inout Warnings, others: Warnings) { warnings.append(contentsOf: others) }

    package static func + (first: Warnings, second: Warnings) -> Warnings {
        var all = first
        all += second
        return all
    }

    /// The texts, followed by a line that says how many more there are.
    package var lines: [String] { omitted == 0 ? texts : texts + ["and \(omitted) more"] }
}

extension Warnings: ExpressibleByArrayLiteral {
    package init(arrayLiteral texts: String...) {
        for text in texts { append(text) }
    }
}
