// Describes how simdjson's DOM reads a document, for comparison with the reader in Sources/JSON.
#ifndef CSIMDJSONDOM_H
#define CSIMDJSONDOM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Describes the document so that two descriptions are equal if and only if the documents mean the same: n, t or f; i,
// the digits and ; for a number that fits into an int64_t; # for any other number; s, the number of bytes, : and the
// bytes for a string or a member's name; and the brackets around elements and members. Returns NULL if the document is
// rejected or nested more than 1024 levels deep; otherwise, free the result with csd_free.
char *csd_describe(const uint8_t *bytes, size_t count, size_t *described_count, size_t *depth);
void csd_free(char *description);

#ifdef __cplusplus
}
#endif

#endif
