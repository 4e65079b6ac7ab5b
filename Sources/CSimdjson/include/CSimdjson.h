// A C view of simdjson's DOM, as far as this project needs it: parse, find, iterate.
// A csj_value borrows from the parser that made it and is valid until that parser parses again.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csj_parser csj_parser;

typedef struct {
    const void *document;
    size_t index;
} csj_value;

typedef struct {
    csj_value current;
    csj_value end;
} csj_iterator;

typedef struct {
    const char *start;
    size_t count;
} csj_string;

typedef enum {
    CSJ_NULL,
    CSJ_BOOL,
    CSJ_INT64,
    CSJ_UINT64,
    CSJ_DOUBLE,
    CSJ_STRING,
    CSJ_ARRAY,
    CSJ_OBJECT,
} csj_type;

// The bytes that must be readable, whatever they hold, behind the input of csj_parse.
extern const size_t csj_padding;

// Returns NULL when there is no memory.
csj_parser *csj_parser_create(size_t maximum_depth);
void csj_parser_destroy(csj_parser *parser);

// The largest document in bytes that the parser holds memory for.
size_t csj_parser_capacity(const csj_parser *parser);

// Returns 0, or an error number for csj_error_message. With `padded`, `csj_padding` bytes behind the input
// can be read and no copy is made.
int csj_parse(csj_parser *parser, const uint8_t *bytes, size_t count, bool padded, csj_value *root);
const char *csj_error_message(int error);

csj_type csj_value_type(csj_value value);
// The following three return false, and leave the result alone, for a value of another type.
bool csj_value_string(csj_value value, csj_string *result);
bool csj_value_bool(csj_value value, bool *result);
bool csj_value_int64(csj_value value, int64_t *result);

// The first member of that name; false if the value is no object or has no such member.
bool csj_object_find(csj_value object, const char *key, size_t count, csj_value *result);

// False if the value is no object or array.
bool csj_object_iterate(csj_value object, csj_iterator *iterator);
bool csj_array_iterate(csj_value array, csj_iterator *iterator);
// False at the end.
bool csj_object_next(csj_iterator *iterator, csj_string *key, csj_value *value);
bool csj_array_next(csj_iterator *iterator, csj_value *value);

#ifdef __cplusplus
}
#endif

#endif
