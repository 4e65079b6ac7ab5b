internal import GoSyntax

/// Checks the paths at which volumes are mounted, and the paths of files in volumes.
enum MountPath {
    static let maximumBytes = 1024

    /// What is wrong with the path of a folder; nil if it is valid.
    static func problem(in path: String) -> String? {
        guard path.utf8.count <= maximumBytes else { return "is longer than \(maximumBytes) bytes" }
        guard path.hasPrefix("/") else { return "must start with a slash" }
        guard path == GoSyntax.cleanPath(path), path != "/" else {
            return "must be the path of a folder below /, without \"..\" and without a slash at the end"
        }
        // The API server rejects colons, and `\` separates path elements on Windows.
        guard path.utf8.allSatisfy({ 0x20..<0x7f ~= $0 && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "\\") }) else {
            return "must have no colons, backslashes, control characters or characters beyond ASCII"
        }
        guard !overlaps(path, "/run/secrets/kubernetes.io") else {
            return "must leave /var/run/secrets/kubernetes.io alone, which is Kubernetes'"
        }
        return nil
    }

    /// What is wrong with the path of a file in a volume; nil if it is valid.
    static func problem(inFile path: String) -> String? {
        guard 1...maximumBytes ~= path.utf8.count, !path.hasPrefix("/"), path == GoSyntax.cleanPath(path),
            !path.hasPrefix(".."), path != "."
        else {
            return "must be the path of a file in the volume, without \"..\" and without a slash at its start or end"
        }
        guard path.utf8.allSatisfy({ 0x20..<0x7f ~= $0 && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "\\") }) else {
            return "must have no colons, backslashes, control characters or characters beyond ASCII"
        }
        return nil
    }

    /// Whether two folders are the same, or one is within the other, if `/var/run` is a link to `/run` as in nearly all
    /// images.
    static func overlaps(_ one: String, _ other: String) -> Bool {
        let (first, second) = (resolved(one), resolved(other))
        return isBelow(first, second) || isBelow(second, first)
            || isBelow("/var/run", first) && isBelow(second, "/run")
            || isBelow("/var/run", second) && isBelow(first, "/run")
    }

    private static func resolved(_ path: String) -> String {
        isBelow(path, "/var/run") ? String(path.dropFirst("/var".count)) : path
    }

    /// Whether a path is the same as another, or below it.
    private static func isBelow(_ path: String, _ parent: String) -> Bool {
        path == parent || path.hasPrefix(parent + "/")
    }

    /// The form of a path on Windows, where the paths of Linux are below `C:`.
    static func onWindows(_ path: String) -> String { "C:" + String(path.map { $0 == "/" ? "\\" : $0 }) }
}
