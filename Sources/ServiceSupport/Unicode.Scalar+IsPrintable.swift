extension Unicode.Scalar {
    /// Whether the scalar can be shown in a line of text.
    package var isPrintable: Bool {
        if isASCII { return (0x20...0x7e).contains(value) }
        return switch properties.generalCategory {
        case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
