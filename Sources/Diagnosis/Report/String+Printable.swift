extension String {
    /// The text with everything that a terminal would interpret, such as control characters and those that change the
    /// writing direction, replaced by visible escapes. Values of pods come from users who may create pods.
    var printable: String {
        guard unicodeScalars.contains(where: \.isActedOn) else { return self }
        return unicodeScalars.map { $0.isActedOn ? $0.escaped(asASCII: true) : String($0) }.joined()
    }

    /// The text with line feeds and other white space replaced by spaces.
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
