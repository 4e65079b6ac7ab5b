// Parses JSON with the first stage of simdjson, in C. The first stage finds the document's marks, which are the starts
// of each value and of each of the characters { } [ ] : , outside of strings, and checks UTF-8 and that strings are
// complete. A pass over the marks checks the rest of the grammar (RFC 8259), and records how to get from each value to
// the next.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csj_parser csj_parser;

// A value, or the name of a member. An array is followed by its elements, and an object by its members: for each, the
// record of the name and those of the value.
typedef struct {
    // The position of its start in the text.
    uint32_t position;
    // The tag of a CSJ_… in the two upper bits, and in the others:
    //   CSJ_SCALAR   the distance in bytes from the position to its end: to the closing quote of a string whose value
    //                is the text between its quotes, or to just after any other scalar
    //   CSJ_ESCAPED  the place in `unescaped` of the value of a string with escapes: its number of bytes, as an
    //                unaligned uint32_t, and the bytes
    //   CSJ_ARRAY, CSJ_OBJECT   the number of the record after all of its contents
    uint32_t link;
} csj_record;

// A valid JSON document. Record 0 is its root. It borrows from the parser and the input, and is valid until that parser
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

// The number of bytes that must be readable after a padded input of csj_parse, whatever they contain.
extern const size_t csj_padding;

// Returns NULL if memory runs out.
csj_parser *csj_parser_create(void);
void csj_parser_destroy(csj_parser *parser);

// The largest document, in bytes, for which the parser's memory suffices.
size_t csj_parser_capacity(const csj_parser *parser);

// How deeply arrays and objects may be nested.
enum { CSJ_MAXIMUM_DEPTH = 256 };

// Returns 0, or an error number for csj_error_message; documents of 1 GiB and more are rejected. If `padded`,
// csj_padding bytes after the input are readable, and no copy is made.
int csj_parse(csj_parser *parser, const uint8_t *bytes, size_t count, bool padded, csj_document *document);
const char *csj_error_message(int error);

#ifdef __cplusplus
}
#endif

#endif
