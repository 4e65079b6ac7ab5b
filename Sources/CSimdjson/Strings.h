#ifndef CSJ_STRINGS_H
#define CSJ_STRINGS_H

#include "Buffer.h"
#include "CSimdjson.h"

#include <cstdint>
#include <simdjson.h>

namespace csj {

// Records the strings of a document, from beginning to end. The values of strings with escapes are written into a
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

    // Whether a string, if it begins with the quote at `quote` and ends with one directly before `end`, has no escapes
    // and is not a single quote.
    bool is_plain(uint32_t end) const { return end <= backslash; }

    // Records the string that begins with the quote at `quote`. There is only white space between the closing quote and
    // `next`.
    simdjson::error_code record(uint32_t quote, uint32_t next, csj_record &record);

  private:
    void find_backslash(uint32_t from);
    // Unescapes the string between the quotes before `start` and at `end`, and stores the place of the result in
    // `link`.
    simdjson::error_code unescape(uint32_t start, uint32_t &link);

    const uint8_t *const text;
    const uint32_t count;
    // The position of the first backslash outside the strings that have been recorded, or UINT32_MAX.
    uint32_t backslash;
    // The number of bytes of the buffer that have been written.
    uint32_t written = 0;
    const simdjson::internal::dom_parser_implementation &stages;
    Buffer<uint8_t> &buffer;
};

} // namespace csj

#endif
