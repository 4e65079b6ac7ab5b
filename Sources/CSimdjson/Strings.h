#ifndef CSJ_STRINGS_H
#define CSJ_STRINGS_H

#include "Buffer.h"

#include <cstdint>
#include <simdjson.h>

namespace csj {

// Writes what the strings of a document mean that have escapes into a buffer.
class Strings {
  public:
    Strings(
        const uint8_t *text, uint32_t count, const simdjson::internal::dom_parser_implementation &stages,
        Buffer<uint8_t> &buffer
    )
        : text(text), count(count), stages(stages), buffer(buffer) {}

    // The position of the first backslash from there on, or UINT32_MAX.
    uint32_t find_backslash(uint32_t from) const;

    // Unescapes the string between the quotes before `start` and at `end`, and notes in `link` where. Each string may be
    // given once.
    simdjson::error_code unescape(uint32_t start, uint32_t &link);

  private:
    const uint8_t *const text;
    const uint32_t count;
    const simdjson::internal::dom_parser_implementation &stages;
    Buffer<uint8_t> &buffer;
    // How much of the buffer is written.
    uint32_t written = 0;
};

} // namespace csj

#endif
