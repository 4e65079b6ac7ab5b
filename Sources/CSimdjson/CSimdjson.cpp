#include "CSimdjson.h"

#include <cstring>
#include <new>
#include <simdjson.h>
#include <type_traits>

using namespace simdjson;

struct csj_parser {
    dom::parser parser;
    size_t maximum_depth;
};

const size_t csj_padding = SIMDJSON_PADDING;

namespace {

// simdjson's elements and iterators are a document pointer and an index; a csj_value is the same in C.
template <typename T> T view(csj_value value) {
    static_assert(sizeof(T) == sizeof(csj_value) && std::is_trivially_copyable_v<T>);
    T result;
    std::memcpy(static_cast<void *>(&result), &value, sizeof(value));
    return result;
}

template <typename T> csj_value unview(const T &source) {
    static_assert(sizeof(T) == sizeof(csj_value) && std::is_trivially_copyable_v<T>);
    csj_value value;
    std::memcpy(&value, static_cast<const void *>(&source), sizeof(value));
    return value;
}

} // namespace

csj_parser *csj_parser_create(size_t maximum_depth) {
    return new (std::nothrow) csj_parser{dom::parser(), maximum_depth};
}

void csj_parser_destroy(csj_parser *parser) { delete parser; }

size_t csj_parser_capacity(const csj_parser *parser) { return parser->parser.capacity(); }

int csj_parse(csj_parser *parser, const uint8_t *bytes, size_t count, bool padded, csj_value *root) {
    if (parser->parser.capacity() < count || parser->parser.max_depth() != parser->maximum_depth) {
        error_code error = parser->parser.allocate(count, parser->maximum_depth);
        if (error) { return error; }
    }
    dom::element element;
    error_code error = parser->parser.parse(bytes, count, !padded).get(element);
    if (error) { return error; }
    *root = unview(element);
    return SUCCESS;
}

const char *csj_error_message(int error) { return error_message(static_cast<error_code>(error)); }

csj_type csj_value_type(csj_value value) {
    switch (view<dom::element>(value).type()) {
    case dom::element_type::ARRAY: return CSJ_ARRAY;
    case dom::element_type::OBJECT: return CSJ_OBJECT;
    case dom::element_type::INT64: return CSJ_INT64;
    case dom::element_type::UINT64: return CSJ_UINT64;
    case dom::element_type::DOUBLE: return CSJ_DOUBLE;
    case dom::element_type::STRING: return CSJ_STRING;
    case dom::element_type::BOOL: return CSJ_BOOL;
    case dom::element_type::NULL_VALUE: return CSJ_NULL;
    }
    return CSJ_NULL;
}

bool csj_value_string(csj_value value, csj_string *result) {
    std::string_view text;
    if (view<dom::element>(value).get(text)) { return false; }
    *result = {text.data(), text.size()};
    return true;
}

bool csj_value_bool(csj_value value, bool *result) { return !view<dom::element>(value).get(*result); }

bool csj_value_int64(csj_value value, int64_t *result) { return !view<dom::element>(value).get(*result); }

bool csj_object_find(csj_value object, const char *key, size_t count, csj_value *result) {
    dom::object members;
    if (view<dom::element>(object).get(members)) { return false; }
    dom::element found;
    if (members.at_key(std::string_view(key, count)).get(found)) { return false; }
    *result = unview(found);
    return true;
}

bool csj_object_iterate(csj_value object, csj_iterator *result) {
    dom::object members;
    if (view<dom::element>(object).get(members)) { return false; }
    *result = {unview(members.begin()), unview(members.end())};
    return true;
}

bool csj_array_iterate(csj_value array, csj_iterator *result) {
    dom::array elements;
    if (view<dom::element>(array).get(elements)) { return false; }
    *result = {unview(elements.begin()), unview(elements.end())};
    return true;
}

bool csj_object_next(csj_iterator *position, csj_string *key, csj_value *value) {
    if (position->current.index >= position->end.index) { return false; }
    auto here = view<dom::object::iterator>(position->current);
    std::string_view name = here.key();
    *key = {name.data(), name.size()};
    *value = unview(here.value());
    ++here;
    position->current = unview(here);
    return true;
}

bool csj_array_next(csj_iterator *position, csj_value *value) {
    if (position->current.index >= position->end.index) { return false; }
    auto here = view<dom::array::iterator>(position->current);
    *value = unview(*here);
    ++here;
    position->current = unview(here);
    return true;
}
