internal import CMalloc
internal import Glibc

/// The memory of this process that can be returned to the system.
struct ResidentMemory: Sendable {
    private let filePages: [Range<UInt>]

    /// Finds code and constants of the program and of the libraries that are loaded with it, which stay where they are
    /// until the process ends. Libraries that are loaded later are left out, because their pages may change while the
    /// list is read.
    init() { filePages = Self.unchangedFilePages(in: Self.text(of: "/proc/self/smaps")) }

    /// Returns unused memory to the system: free memory of the allocator, and code and constants, of which the start
    /// needs far more than a request does. The latter are pages of files; the kernel keeps them available as long as it
    /// has the memory, and pages that are used again come back with a page fault that reads nothing (madvise(2),
    /// `MADV_DONTNEED`).
    func release() {
        _ = malloc_trim(0)
        for range in filePages {
            guard let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { continue }
            _ = madvise(start, range.count, MADV_DONTNEED)
        }
    }

    /// The whole text of a file in proc(5), which is read in pieces of any size; empty if it cannot be read.
    static func text(of path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = read(file, &piece, piece.count)
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += piece.prefix(count)
        }
    }

    /// The addresses with only pages of files that this process has not changed and cannot change, so that reading them
    /// again gives the same content. Changed pages are anonymous, or in swap.
    ///
    /// - Parameter maps: The text of `/proc/self/smaps` (proc(5)).
    static func unchangedFilePages(in maps: String) -> [Range<UInt>] {
        var found: [Range<UInt>] = []
        var candidate: Range<UInt>?
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count >= 5, let range = range(fields[0]) {
                let isFile = fields.count >= 6 && fields[5].hasPrefix("/")
                candidate = isFile && fields[1].hasPrefix("r") && fields[1].dropFirst().hasPrefix("-") ? range : nil
            } else if fields.first == "Anonymous:", fields.dropFirst().first != "0" {
                candidate = nil
            } else if fields.first == "Swap:", let range = candidate {
                if fields.dropFirst().first == "0" { found.append(range) }
                candidate = nil
            }
        }
        return found
    }

    /// Two hexadecimal addresses with a hyphen between them.
    private static func range(_ field: Substring) -> Range<UInt>? {
        let parts = field.split(separator: "-")
        guard parts.count == 2, let start = UInt(parts[0], radix: 16), let end = UInt(parts[1], radix: 16), start < end
        else { return nil }
        return start..<end
    }
}
