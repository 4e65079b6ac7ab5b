internal import CMalloc

/// glibc's allocator, malloc(3).
enum Allocator {
    /// Makes glibc map large buffers, such as those of reviews and lists, so that freeing them returns their memory to
    /// the system. By default, glibc stops mapping such buffers after the first one is freed, and smaller allocations
    /// among them in the heap then keep their memory in use (mallopt(3), "dynamic mmap threshold").
    static func returnLargeBuffers() { _ = mallopt(M_MMAP_THRESHOLD, 128 * 1024) }
}
