/// The `Warning` header field (RFC 7234, section 5.5), in which the API server passes on the warnings of webhooks.
enum WarningHeader {
    /// The texts of all warnings.
    static func texts(_ header: String) -> [String] {
        var texts: [String] = []
        var text: String?
        var isEscaped = false
        for character in header {
            switch (text, character) {
            case (nil, "\""): text = ""
            case (nil, _): break
            case (_, _) where isEscaped:
                text?.append(character)
                isEscaped = false
            case (_, "\\"): isEscaped = true
            case (let whole?, "\""):
                texts.append(whole)
                text = nil
            default: text?.append(character)
            }
        }
        return texts
    }
}
