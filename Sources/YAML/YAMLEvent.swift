/// A step through a YAML text: the beginning or the end of a node.
package struct YAMLEvent {
    /// A place in a text.
    package struct Mark: Equatable {
        /// In Unicode scalars from the start of the text.
        package var index: Int
        /// Counted from 0.
        package var line: Int
    }

    package struct Scalar {
        package var text: String
        package var tag: String?
        package var isPlain: Bool
    }

    package enum Kind {
        case documentStart, documentEnd, streamStart, streamEnd
        case scalar(Scalar)
        case sequenceStart(isFlow: Bool), sequenceEnd
        case mappingStart(isFlow: Bool), mappingEnd
        case alias(String)
    }

    package var kind: Kind
    package var anchor: String?
    /// The start of the node's anchor or tag, if it has one, otherwise of its content.
    package var start: Mark
    /// The end of a scalar, an alias, or the closing bracket of a flow collection. The end of a block collection is
    /// where the next token begins, after comments and blank lines.
    package var end: Mark
}
