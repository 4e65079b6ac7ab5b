internal import CMalloc
internal import FoundationEssentials
internal import Glibc

/// The pages of this process that are in memory.
enum ResidentMemory {
    /// Returns to the system what is not in use: free memory of the allocator, and code and constants, of which the start
    /// needs far more than a request does. The latter are pages of files; the kernel keeps them at hand while it has the
    /// memory, and what is used again comes back with a page fault that reads nothing (madvise(2), `MADV_DONTNEED`).
    static func release() {
        _ = malloc_trim(0)
        guard let maps = try? String(contentsOfFile: "/proc/self/smaps", encoding: .utf8) else { return }
        for range in unchangedFilePages(in: maps) {
            guard let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { continue }
            _ = madvise(start, range.count, MADV_DONTNEED)
        }
    }

    /// The addresses at which there is nothing but pages of files that this process has not changed and cannot change, so
    /// that reading them again gives the same.
    ///
    /// - Parameter maps: the text of `/proc/self/smaps` (proc(5)).
    static func unchangedFilePages(in maps: String) -> [Range<UInt>] {
        var found: [Range<UInt>] = []
        var candidate: Range<UInt>?
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count >= 5, let range = range(fields[0]) {
                let isFile = fields.count >= 6 && fields[5].hasPrefix("/")
                candidate = isFile && fields[1].hasPrefix("r") && fields[1].dropFirst().hasPrefix("-") ? range : nil
            } else if fields.first == "Anonymous:", let range = candidate {
                if fields.dropFirst().first == "0" { found.append(range) }
                candidate = nil
            }
        }
        return found
    }

    /// Two addresses in hexadecimal digits with a hyphen between them.
    private static func range(_ field: Substring) -> Range<UInt>? {
        let parts = field.split(separator: "-")
        guard parts.count == 2, let start = UInt(parts[0], radix: 16), let end = UInt(parts[1], radix: 16), start < end
        else { return nil }
        return start..<end
    }
}
