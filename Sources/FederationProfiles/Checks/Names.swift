internal import KubernetesObjects

/// The syntax of names in Kubernetes ("Object Names and IDs", "Labels and Selectors").
enum Names {
    /// The names of a profile's settings and parameters: a letter, then letters and digits.
    static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first), text.utf8.count <= 63 else { return false }
        return text.utf8.allSatisfy { isLetter($0) || isDigit($0) }
    }

    /// The name of a profile becomes a part of metrics and audit annotations.
    static func isProfile(_ text: String) -> Bool {
        text.utf8.count <= 30 && isLabel(text)
    }

    /// A DNS label (RFC 1123).
    static func isLabel(_ text: String) -> Bool {
        1...63 ~= text.utf8.count && text.utf8.allSatisfy(NamespacedName.isLabelByte)
            && text.utf8.first != UInt8(ascii: "-") && text.utf8.last != UInt8(ascii: "-")
    }

    /// A DNS subdomain (RFC 1123).
    static func isSubdomain(_ text: String) -> Bool {
        1...253 ~= text.utf8.count
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isLabel(String($0)) }
    }

    /// The key of a label or an annotation.
    static func isQualifiedName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, parts.count <= 2, !name.isEmpty, isLabelValue(String(name)) else { return false }
        return parts.count == 1 || isSubdomain(String(parts[0]))
    }

    /// Whether a domain is reserved for Kubernetes.
    static func isKubernetes(_ domain: String) -> Bool {
        ["kubernetes.io", "k8s.io"].contains { domain == $0 || domain.hasSuffix("." + $0) }
    }

    /// The value of a label, which may be empty.
    static func isLabelValue(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return true }
        return text.utf8.count <= 63 && isAlphanumeric(first) && isAlphanumeric(last)
            && text.utf8.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
    }

    /// The name of a variable that every shell supports: a letter or an underscore, followed by letters, underscores
    /// and digits.
    static func isVariable(_ text: String) -> Bool {
        guard let first = text.utf8.first, !isDigit(first), text.utf8.count <= 128 else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }

    /// Whether a variable makes the loader or a common interpreter run code, which no profile may do. There are more
    /// such variables than anyone knows, so this check cannot be complete.
    static func runsCode(_ variable: String) -> Bool {
        let name = variable.uppercased()
        return loaders.contains(name) || loaderPrefixes.contains { name.hasPrefix($0) }
    }

    private static let loaders: Set<String> = [
        "PATH", "ENV", "BASH_ENV", "BASHOPTS", "SHELLOPTS", "PROMPT_COMMAND", "PS4", "IFS", "ZDOTDIR", "EDITOR",
        "PAGER",
        "LESSOPEN", "CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CATALINA_OPTS", "JAVA_OPTS",
        "GCONV_PATH", "OPENSSL_CONF", "DOTNET_STARTUP_HOOKS", "COMPLUS_ADDITIONALDEPS", "PHPRC",
    ]
    private static let loaderPrefixes = [
        "LD_", "DYLD_", "BASH_FUNC_", "PYTHON", "PERL", "RUBY", "NODE_", "NPM_", "GIT_", "CORECLR_", "PHP_INI", "LUA_",
        "SSH_",
    ]

    /// The key of a ConfigMap.
    static func isConfigMapKey(_ text: String) -> Bool {
        1...253 ~= text.utf8.count && text != "." && !text.hasPrefix("..")
            && text.utf8.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }
}
