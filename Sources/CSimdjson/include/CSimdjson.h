// Reading JSON with the first stage of simdjson, in C. The first stage finds where each value and each of the characters
// { } [ ] : , outside of strings begins, the document's marks, and checks UTF-8 and that strings are complete. A pass over
// the marks checks the rest of the grammar (RFC 8259) and notes how to get from each value to the next.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csj_parser csj_parser;

// A value, or the name of a member. An array is followed by its elements, and an object by its members, each the record of
// the name and those of the value.
typedef struct {
    // Where it begins in the text.
    uint32_t position;
    // The tag of a CSJ_… in the two upper bits, and in the others:
    //   CSJ_SCALAR   how many bytes behind the position it ends: at the closing quote of a string whose value stands
    //                between its quotes as it is, or behind another scalar
    //   CSJ_ESCAPED  where in `unescaped` the value of a string with escapes stands: its number of bytes, a uint32_t that
    //                is not aligned, and the bytes
    //   CSJ_ARRAY, CSJ_OBJECT   the number of the record behind all that is in it
    uint32_t link;
} csj_record;

// A document that is JSON. Record 0 is its root. It borrows from the parser and the input, and is valid until that parser
// parses again or is destroyed.
typedef struct {
    const uint8_t *text;
    const csj_record *records;
    const uint8_t *unescaped;
} csj_document;

enum {
    CSJ_SCALAR = 0,
    CSJ_ESCAPED = 1,
    CSJ_ARRAY = 2,
    CSJ_OBJECT = 3,
    CSJ_TAG_SHIFT = 30,
};

// How many bytes must be readable, whatever they hold, behind a padded input of csj_parse.
extern const size_t csj_padding;

// Returns NULL if memory runs out.
csj_parser *csj_parser_create(void);
void csj_parser_destroy(csj_parser *parser);

// The largest document, in bytes, that the parser's memory suffices for.
size_t csj_parser_capacity(const csj_parser *parser);

// How deep arrays and objects may be nested.
enum { CSJ_MAXIMUM_DEPTH = 256 };

// Returns 0, or an error number for csj_error_message; documents of 1 GiB and more are refused. If `padded`, csj_padding
// bytes behind the input are readable, and no copy is made.
int csj_parse(csj_parser *parser, const uint8_t *bytes, size_t count, bool padded, csj_document *document);
const char *csj_error_message(int error);

#ifdef __cplusplus
}
#endif

#endif
