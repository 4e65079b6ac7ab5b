internal import JSON

/// What whoever writes an object is told about it. The texts are made of what that person wrote, so there is a bound on their
/// number and their length: what is beyond it is counted and not kept.
package struct Warnings: Equatable, Sendable {
    package static let maximumCount = 20
    /// In bytes of UTF-8, of one text.
    package static let maximumBytes = 512

    /// The first ones.
    package private(set) var texts: [String] = []
    /// How many were left out.
    package private(set) var omitted = 0

    package init() {}

    package var isEmpty: Bool { texts.isEmpty }

    /// Those that were left out included.
    package var count: Int { texts.count + omitted }

    /// - Parameter text: is only made if there is room for it.
    package mutating func append(_ text: @autoclosure () -> String) {
        guard texts.count < Self.maximumCount else {
            omitted += 1
            return
        }
        texts.append(text().cut(to: Self.maximumBytes))
    }

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

    /// The texts, and at their end how many more there are.
    package var lines: [String] { omitted == 0 ? texts : texts + ["and \(omitted) more"] }
}

extension Warnings: ExpressibleByArrayLiteral {
    package init(arrayLiteral texts: String...) {
        for text in texts { append(text) }
    }
}
