#include "Strings.h"

#include "CSimdjson.h"

#include <cstring>

using namespace simdjson;

namespace csj {

namespace {

// Later versions of simdjson can replace unpaired surrogates with U+FFFD; here, they are rejected, as in all versions'
// DOM.
template <typename Stages>
auto parse_string(const Stages &stages, const uint8_t *source, uint8_t *target, int)
    -> decltype(stages.parse_string(source, target, false)) {
    return stages.parse_string(source, target, false);
}

template <typename Stages>
auto parse_string(const Stages &stages, const uint8_t *source, uint8_t *target, long)
    -> decltype(stages.parse_string(source, target)) {
    return stages.parse_string(source, target);
}

} // namespace

void Strings::find_backslash(uint32_t from) {
    const void *found = std::memchr(text + from, '\\', count - from);
    backslash = found ? static_cast<uint32_t>(static_cast<const uint8_t *>(found) - text) : UINT32_MAX;
}

error_code Strings::record(uint32_t quote, uint32_t next, csj_record &record) {
    // The first stage has seen the closing quote. If it had not, the search would end at the opening quote.
    uint32_t end = next - 1;
    while (text[end] != '"') { end--; }
    if (end == quote) { return UNCLOSED_STRING; }
    record = {quote, end - quote};
    if (end < backslash) { return SUCCESS; }
    const error_code error = unescape(quote + 1, record.link);
    find_backslash(end);
    return error;
}

error_code Strings::unescape(uint32_t start, uint32_t &link) {
    // An escape is longer than its value, so a string of r bytes takes at most 4 + r - 1 bytes here, and at least as
    // many in the document: r, two quotes and, except for the last string, a character before the next one. So what is
    // written for the strings before this one ends no later than this one begins in the document, and each byte of its
    // value is at most 3 positions later in the buffer than in the document. simdjson writes up to SIMDJSON_PADDING
    // bytes at once.
    if (!buffer.reserve(size_t(count) + 4 + SIMDJSON_PADDING)) { return MEMALLOC; }
    uint8_t *const length = buffer.get() + written;
    uint8_t *const value = length + sizeof(uint32_t);
    // It ends at the closing quote, which the first stage has seen, and reads no further than the padding.
    const uint8_t *const value_end = parse_string(stages, text + start, value, 0);
    if (!value_end) { return STRING_ERROR; }
    const uint32_t value_count = static_cast<uint32_t>(value_end - value);
    std::memcpy(length, &value_count, sizeof(value_count));
    link = uint32_t(CSJ_ESCAPED) << CSJ_TAG_SHIFT | written;
    written += static_cast<uint32_t>(sizeof(uint32_t)) + value_count;
    return SUCCESS;
}

} // namespace csj
