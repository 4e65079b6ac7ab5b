#include "CSimdjson.h"

#include "Buffer.h"
#include "Grammar.h"
#include "Strings.h"

#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>

using namespace simdjson;

struct csj_parser {
    std::unique_ptr<internal::dom_parser_implementation> stages;
    csj::Buffer<csj_record> records;
    csj::Buffer<uint8_t> unescaped;
    csj::Buffer<uint8_t> copy;
};

const size_t csj_padding = SIMDJSON_PADDING;

csj_parser *csj_parser_create(void) { return new (std::nothrow) csj_parser; }

void csj_parser_destroy(csj_parser *parser) { delete parser; }

size_t csj_parser_capacity(const csj_parser *parser) { return parser->stages ? parser->stages->capacity() : 0; }

const char *csj_error_message(int error) { return error_message(static_cast<error_code>(error)); }

namespace {

// Allocates the memory of the first stage, 4 bytes for each byte of a document. The second stage is not used, and gets
// next to none.
error_code reserve(csj_parser &parser, size_t count) {
    if (count <= csj_parser_capacity(&parser)) { return SUCCESS; }
    const size_t capacity = (count + 1023) / 1024 * 1024;
    if (parser.stages) { return parser.stages->set_capacity(capacity); }
    return get_active_implementation()->create_dom_parser_implementation(capacity, 1, parser.stages);
}

} // namespace

int csj_parse(csj_parser *parser, const uint8_t *bytes, size_t count, bool padded, csj_document *document) {
    if (count > csj::greatest_count) { return CAPACITY; }
    if (error_code error = reserve(*parser, count)) { return error; }
    if (!padded) {
        if (!parser->copy.reserve(count + SIMDJSON_PADDING)) { return MEMALLOC; }
        uint8_t *const copy = parser->copy.get();
        std::memcpy(copy, bytes, count);
        std::memset(copy + count, ' ', SIMDJSON_PADDING);
        bytes = copy;
    }
    internal::dom_parser_implementation &stages = *parser->stages;
    if (error_code error = stages.stage1(bytes, count, stage1_mode::regular)) { return error; }
    const uint32_t text_count = static_cast<uint32_t>(count);
    const uint32_t *const positions = stages.structural_indexes.get();
    const uint32_t mark_count = stages.n_structural_indexes;

    if (!parser->records.reserve(csj::record_count(mark_count))) { return MEMALLOC; }
    csj::Strings strings(bytes, text_count, stages, parser->unescaped);
    if (error_code error = csj::check_grammar({bytes, text_count, positions, mark_count}, strings, parser->records.get())) {
        return error;
    }
    const uint8_t *const unescaped = parser->unescaped.get();
    // Without strings with escapes, nothing is read from this memory.
    *document = {bytes, parser->records.get(), unescaped ? unescaped : bytes};
    return SUCCESS;
}
