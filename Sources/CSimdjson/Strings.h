#ifndef CSJ_STRINGS_H
#define CSJ_STRINGS_H

#include "Buffer.h"
#include "CSimdjson.h"

#include <cstdint>
#include <simdjson.h>

namespace csj {

// Records the strings of a document, from its beginning to its end. What those mean that have escapes is written into a
// buffer.
class Strings {
  public:
    Strings(
        const uint8_t *text, uint32_t count, const simdjson::internal::dom_parser_implementation &stages,
        Buffer<uint8_t> &buffer
    )
        : text(text), count(count), stages(stages), buffer(buffer) {
        find_backslash(0);
    }

    // Whether a string has no escape and is not a single quote, if it begins with the quote at `quote` and ends with one just
    // before `end`.
    bool is_plain(uint32_t end) const { return end <= backslash; }

    // Records the string that begins with the quote at `quote`. Between the closing quote and `next` stands nothing but white
    // space.
    simdjson::error_code record(uint32_t quote, uint32_t next, csj_record &record);

  private:
    void find_backslash(uint32_t from);
    // Unescapes the string between the quotes before `start` and at `end`, and notes in `link` where.
    simdjson::error_code unescape(uint32_t start, uint32_t &link);

    const uint8_t *const text;
    const uint32_t count;
    // The position of the first backslash that is in none of the strings that have been recorded, or UINT32_MAX.
    uint32_t backslash;
    // How much of the buffer is written.
    uint32_t written = 0;
    const simdjson::internal::dom_parser_implementation &stages;
    Buffer<uint8_t> &buffer;
};

} // namespace csj

#endif
