/// A parsed document, in types that other targets can see, so that reading it is inlined into them. CSimdjson.h describes
/// what it means.
@usableFromInline
package struct JSONDocument {
    /// A value or a member's name: the counterpart of `csj_record`.
    @usableFromInline
    package struct Record {
        @usableFromInline let position: UInt32
        @usableFromInline let link: UInt32

        @inlinable var isCollection: Bool { link >= 0x8000_0000 }
        @inlinable var isArray: Bool { link >> 30 == 2 }
        @inlinable var isObject: Bool { link >> 30 == 3 }
        @inlinable var hasEscapes: Bool { link >> 30 == 1 }

        /// The link without its tag, which is a number of records or bytes unless this is a scalar.
        @inlinable var target: Int { Int(truncatingIfNeeded: link & 0x3fff_ffff) }
    }

    @usableFromInline let text: UnsafePointer<UInt8>
    @usableFromInline let records: UnsafePointer<Record>
    @usableFromInline let unescaped: UnsafeRawPointer

    /// The record after the value that begins at this one.
    @inlinable
    func record(behind record: UnsafePointer<Record>) -> UnsafePointer<Record> {
        record.pointee.isCollection ? records + record.pointee.target : record + 1
    }

    /// The text of a string, or of a member's name.
    @inlinable
    func text(of record: Record) -> JSONText {
        if record.hasEscapes {
            let start = unescaped + record.target
            let count = start.loadUnaligned(as: UInt32.self)
            return JSONText(start + MemoryLayout<UInt32>.size, count: Int(truncatingIfNeeded: count))
        }
        // The position is that of the opening quote, and the link leads to the closing one.
        return JSONText(text + Int(truncatingIfNeeded: record.position) + 1, count: record.target - 1)
    }
}
