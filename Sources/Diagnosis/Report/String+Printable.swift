extension String {
    /// The text with everything that a terminal would act on, such as control characters and those that turn the direction of
    /// writing, as escapes that can be seen. Values of pods come from whoever may create pods.
    var printable: String {
        guard unicodeScalars.contains(where: \.isActedOn) else { return self }
        return unicodeScalars.map { $0.isActedOn ? $0.escaped(asASCII: true) : String($0) }.joined()
    }

    /// The text with a space instead of line feeds and other white space.
    var onOneLine: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}

extension Unicode.Scalar {
    fileprivate var isActedOn: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate: true
        default: false
        }
    }
}
