/// A text with holes. Settings have already been filled in, so only what depends on the pod is left.
struct Template: Equatable, Sendable {
    enum Segment: Equatable, Sendable {
        case literal(String)
        /// The value of the parameter with this index.
        case parameter(Int)
        case namespace
        case serviceAccount
        /// The path of a file in a volume, by its path in the profile.
        case file(volume: Int, path: String)
        /// The folder at which a volume is mounted.
        case folder(volume: Int)
    }

    var segments: [Segment] = []
    /// Whether a hole is filled with an empty setting, so that whatever uses the text is left out for every pod.
    var isLeftOut = false

    init() {}

    init(_ literal: String) { append(literal) }

    mutating func append(_ literal: String) {
        if case .literal(let text) = segments.last {
            segments[segments.count - 1] = .literal(text + literal)
        } else if !literal.isEmpty {
            segments.append(.literal(literal))
        }
    }

    /// The text if it does not depend on the pod; also nil if it is left out.
    var constant: String? {
        guard !isLeftOut else { return nil }
        switch segments.count {
        case 0: return ""
        case 1: if case .literal(let text) = segments[0] { return text }
        default: break
        }
        return nil
    }

    /// The indices of the parameters that fill holes.
    var parameters: [Int] {
        segments.compactMap { if case .parameter(let index) = $0 { index } else { nil } }
    }
}
