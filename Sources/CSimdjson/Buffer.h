#ifndef CSJ_BUFFER_H
#define CSJ_BUFFER_H

#include <cstddef>
#include <memory>
#include <new>

namespace csj {

// Uninitialised memory for one document after the other.
template <typename T> class Buffer {
  public:
    T *get() const { return memory.get(); }

    // Makes room for `wanted` elements; what was in the buffer may be lost. Returns false if memory runs out.
    bool reserve(size_t wanted) {
        if (wanted <= count) { return true; }
        // What is not large enough is given back first, so that both are never there together.
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
