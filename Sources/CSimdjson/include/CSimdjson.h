// The part of simdjson's DOM that this project needs, in C: parse, find, iterate.
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

// How many bytes must be readable, whatever they hold, behind a padded input of csj_parse.
extern const size_t csj_padding;

// Returns NULL if memory runs out.
csj_parser *csj_parser_create(size_t maximum_depth);
void csj_parser_destroy(csj_parser *parser);

// The largest document, in bytes, that the parser's memory suffices for.
size_t csj_parser_capacity(const csj_parser *parser);

// Returns 0, or an error number for csj_error_message. If `padded`, csj_padding bytes behind the input are readable, and no
// copy is made.
int csj_parse(csj_parser *parser, const uint8_t *bytes, size_t count, bool padded, csj_value *root);
const char *csj_error_message(int error);

csj_type csj_value_type(csj_value value);
// For a value of another type, the following three return false and do not change the result.
bool csj_value_string(csj_value value, csj_string *result);
bool csj_value_bool(csj_value value, bool *result);
bool csj_value_int64(csj_value value, int64_t *result);

// Finds the first member of that name; returns false if there is none or the value is not an object.
bool csj_object_find(csj_value object, const char *key, size_t count, csj_value *result);

// These two return false if the value is not an object, or not an array.
bool csj_object_iterate(csj_value object, csj_iterator *iterator);
bool csj_array_iterate(csj_value array, csj_iterator *iterator);
// These two return false at the end.
bool csj_object_next(csj_iterator *iterator, csj_string *key, csj_value *value);
bool csj_array_next(csj_iterator *iterator, csj_value *value);

#ifdef __cplusplus
}
#endif

#endif
