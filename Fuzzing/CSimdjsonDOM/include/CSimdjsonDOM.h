// What simdjson's DOM makes of a document, for comparison with the reader in Sources/JSON.
#ifndef CSIMDJSONDOM_H
#define CSIMDJSONDOM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Describes the document so that two descriptions are equal exactly if the documents mean the same: n, t, f; i, the digits
// and ; of a number that an int64_t holds; # for another number; s, the number of bytes, : and the bytes of a string or a
// member's name; and the brackets around elements and members.
// Returns NULL if the document is refused or nested deeper than 1024; else its result is to be given to csd_free.
char *csd_describe(const uint8_t *bytes, size_t count, size_t *described_count, size_t *depth);
void csd_free(char *description);

#ifdef __cplusplus
}
#endif

#endif
