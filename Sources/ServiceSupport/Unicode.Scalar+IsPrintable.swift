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

extension String {
    /// The text on one line that cannot control a terminal: question marks replace what is not printable.
    package var onlyPrintable: String {
        guard !unicodeScalars.allSatisfy(\.isPrintable) else { return self }
        var text = UnicodeScalarView()
        for scalar in unicodeScalars { text.append(scalar.isPrintable ? scalar : "?") }
        return String(text)
    }
}
