#ifndef CSJ_GRAMMAR_H
#define CSJ_GRAMMAR_H

#include "CSimdjson.h"
#include "Strings.h"

#include <cstdint>
#include <simdjson.h>

namespace csj {

// Larger documents are rejected, so that positions, marks and lengths leave two bits of a link for its tag.
constexpr size_t greatest_count = (size_t(1) << 30) - 1;

// The marks of a document, which the first stage has found: in increasing order, the starts of each value and of each
// of { } [ ] : , outside of strings. Between a mark and the next one there is only what begins at the mark, followed by
// white space. There is at least one mark, and all of them are less than the number of bytes.
struct Marks {
    const uint8_t *text;
    uint32_t text_count;
    const uint32_t *positions;
    uint32_t count;
};

// The maximum number of records that this many marks can need, whether or not they follow the grammar.
//
// A scalar has one mark, and a closed collection two; a collection with n records directly in it has n - 1 commas and
// colons. So R records, of which d are open collections, have at least 2 R - 1 - d marks.
constexpr size_t record_count(size_t mark_count) { return (mark_count + 1 + CSJ_MAXIMUM_DEPTH) / 2 + 1; }

// Checks that the marks follow the grammar (RFC 8259), and writes at most `record_count` records.
simdjson::error_code check_grammar(const Marks &marks, Strings &strings, csj_record *records);

} // namespace csj

#endif
