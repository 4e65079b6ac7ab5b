#ifndef CSJ_BUFFER_H
#define CSJ_BUFFER_H

#include <cstddef>
#include <memory>
#include <new>

namespace csj {

// Uninitialised memory that is reused for each document.
template <typename T> class Buffer {
  public:
    T *get() const { return memory.get(); }

    // Makes room for `wanted` elements; the buffer's contents may be lost. Returns false if memory runs out.
    bool reserve(size_t wanted) {
        if (wanted <= count) { return true; }
        // Memory that is too small is freed first, so that both never exist together.
        count = 0;
        memory.reset();
        const size_t rounded = (wanted + 1023) / 1024 * 1024;
        memory.reset(new (std::nothrow) T[rounded]);
        if (!memory) { return false; }
        count = rounded;
        return true;
    }

  private:
    std::unique_ptr<T[]> memory;
    size_t count = 0;
};

} // namespace csj

#endif
