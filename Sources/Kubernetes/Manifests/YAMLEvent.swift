/// A step through a YAML text: the beginning or the end of a node.
struct YAMLEvent {
    /// A place in a text.
    struct Mark: Equatable {
        /// In Unicode scalars from the start of the text.
        var index: Int
        /// Counted from 0.
        var line: Int
    }

    struct Scalar {
        var text: String
        var tag: String?
        var isPlain: Bool
    }

    enum Kind {
        case documentStart, documentEnd, streamStart, streamEnd
        case scalar(Scalar)
        case sequenceStart(isFlow: Bool), sequenceEnd
        case mappingStart(isFlow: Bool), mappingEnd
        case alias(String)
    }

    var kind: Kind
    var anchor: String?
    /// The start of the node's anchor or tag, if it has one, else of its content.
    var start: Mark
    /// The end of a scalar, an alias, or the closing bracket of a flow collection. The end of a block collection is where
    /// the next token begins, behind comments and blank lines.
    var end: Mark
}

/// Why a text is not YAML.
struct YAMLSyntaxError: Error {
    var problem: String
    /// The line of the problem, counted from 0.
    var line: Int
}
