internal import CMalloc

/// glibc's allocator, malloc(3).
enum Allocator {
    /// Buffers of large reviews and of lists are mapped, and go back to the system when they are freed. By itself glibc
    /// stops mapping after the first of them, and what lies between them in the heap then keeps their memory
    /// (mallopt(3), "dynamic mmap threshold").
    static func returnLargeBuffers() { _ = mallopt(M_MMAP_THRESHOLD, 128 * 1024) }
}
