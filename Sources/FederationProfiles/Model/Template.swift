/// A text with holes. Settings are filled in already, so that only what depends on the pod is left.
struct Template: Equatable, Sendable {
    enum Segment: Equatable, Sendable {
        case literal(String)
        /// The value of the parameter with this index.
        case parameter(Int)
        case namespace
        case serviceAccount
        /// The path of a file of a volume, by the path that the profile gives it in the volume.
        case file(volume: Int, path: String)
        /// The folder at which a volume is mounted.
        case folder(volume: Int)
    }

    var segments: [Segment] = []
    /// Whether a setting is empty that fills a hole, so that what uses the text is left out whatever the pod is.
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

    /// The text if it depends on nothing; nil also if it is left out.
    var constant: String? {
        guard !isLeftOut else { return nil }
        switch segments.count {
        case 0: return ""
        case 1: if case .literal(let text) = segments[0] { return text }
        default: break
        }
        return nil
    }

    /// The indexes of the parameters that fill holes.
    var parameters: [Int] {
        segments.compactMap { if case .parameter(let index) = $0 { index } else { nil } }
    }
}
