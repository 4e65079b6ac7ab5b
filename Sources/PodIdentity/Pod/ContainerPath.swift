internal import GoSyntax
internal import JSON

/// A path in a container as the runtime follows it, so that two texts that refer to the same place are equal.
///
/// The API server compares mount paths as texts. The runtime cleans them, and follows `/var/run`, which is a link to
/// `/run` in nearly all images (Filesystem Hierarchy Standard 3.0, section 5.13). On Windows, paths are compared
/// case-insensitively, and a path without a drive is on `C:`.
struct ContainerPath: Equatable {
    /// The clean path, with `/` between its elements.
    let text: String
    /// Whether the path goes through the link `/var/run`, and so has one more element than `text`.
    let isThroughLink: Bool
    /// The text in UTF-8.
    private let bytes: [UInt8]

    init(_ path: String, isOnWindows: Bool) {
        guard !isOnWindows else {
            text = GoSyntax.cleanPath(Self.fromWindows(path))
            isThroughLink = false
            bytes = Array(text.utf8)
            return
        }
        let clean = Self.isClean(path) ? path : GoSyntax.cleanPath(path)
        isThroughLink = Self.isBelow(clean, "/var/run")
        text = isThroughLink ? String(clean.utf8.dropFirst("/var".utf8.count)) ?? clean : clean
        bytes = Array(text.utf8)
    }

    static func == (one: ContainerPath, other: ContainerPath) -> Bool { one.text == other.text }

    private static func fromWindows(_ path: String) -> String {
        let text = String(path.lowercased().map { $0 == "\\" ? "/" : $0 })
        return text.hasPrefix("c:") ? String(text.dropFirst("c:".count)) : text
    }

    private static func isBelow(_ path: String, _ parent: String) -> Bool {
        let rest = path.utf8.dropFirst(parent.utf8.count)
        return path.utf8.starts(with: parent.utf8) && (rest.isEmpty || rest.first == UInt8(ascii: "/"))
    }

    private static func isClean(_ path: String) -> Bool {
        var path = path
        return path.withUTF8 { isClean(UnsafeRawBufferPointer($0)) }
    }

    /// Whether the path is certainly clean, as nearly all paths are: no `/` is at its end, or before another `/` or a
    /// dot. Eight bytes are examined at once.
    private static func isClean(_ path: UnsafeRawBufferPointer) -> Bool {
        let slash = UInt8(ascii: "/")
        guard path.first == slash, path.last != slash else { return false }
        var index = 0
        while index + 9 <= path.count {
            let bytes = path.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let following = path.loadUnaligned(fromByteOffset: index + 1, as: UInt64.self)
            let ends = places(of: slash, in: following) | places(of: UInt8(ascii: "."), in: following)
            if places(of: slash, in: bytes) & ends != 0 { return false }
            index += 8
        }
        while index + 1 < path.count {
            if path[index] == slash, path[index + 1] == slash || path[index + 1] == UInt8(ascii: ".") { return false }
            index += 1
        }
        return true
    }

    /// The bytes of a word that equal this one: the highest bit of each is set.
    private static func places(of byte: UInt8, in word: UInt64) -> UInt64 {
        let lowBits: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
        let difference = word ^ 0x0101_0101_0101_0101 &* UInt64(byte)
        return ~(((difference & lowBits) &+ lowBits) | difference) & ~lowBits
    }

    /// Whether a path on Linux certainly refers neither to this path, nor to a parent folder, nor to anything below it.
    /// This is a cheap check that succeeds for nearly all paths.
    func isCertainlyApart(from path: JSONText) -> Bool { isCertainlyApart(from: path.utf8) }

    func isCertainlyApart(from path: String) -> Bool {
        var path = path
        return path.withUTF8 { isCertainlyApart(from: UnsafeRawBufferPointer($0)) }
    }

    /// - Parameter path: In UTF-8.
    private func isCertainlyApart(from path: UnsafeRawBufferPointer) -> Bool {
        guard path.count > "/var".utf8.count, Self.isClean(path) else { return false }
        let start = Self.beginsWithLink(path) ? "/var".utf8.count : 0
        for index in 0..<min(bytes.count, path.count - start) where bytes[index] != path[start + index] { return true }
        return false
    }

    /// Whether the path begins with `/var/run`, which has eight bytes.
    private static func beginsWithLink(_ path: UnsafeRawBufferPointer) -> Bool {
        path.count >= 8 && UInt64(bigEndian: path.loadUnaligned(as: UInt64.self)) == 0x2f76_6172_2f72_756e
    }

    /// The path of a file relative to this path, which is empty if they are the same; nil if the file is not below this
    /// path.
    func relativePath(of file: ContainerPath) -> Substring? {
        if text == "/" { return file.text.dropFirst() }
        guard Self.isBelow(file.text, text) else { return nil }
        return Substring(file.text.utf8.dropFirst(text.utf8.count + 1))
    }

    /// Whether this is a parent folder of the other path. `/var` is one of `/var/run`, which is not a link if something
    /// else is mounted there.
    func isAbove(_ other: ContainerPath) -> Bool {
        self != other && (relativePath(of: other) != nil || other.isThroughLink && text == "/var")
    }
}
