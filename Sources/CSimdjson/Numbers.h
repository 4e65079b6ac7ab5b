#ifndef CSJ_NUMBERS_H
#define CSJ_NUMBERS_H

#include <cstdint>

namespace csj {

// Parses the number (RFC 8259, section 6) that begins at `start`, which is before `end`, without reading beyond `end`.
// Returns its end; NULL if there is no number, or one that fits neither into an int64_t nor a uint64_t nor, if it has a
// fraction or an exponent, a finite double.
const uint8_t *number_end(const uint8_t *start, const uint8_t *end);

} // namespace csj

#endif
