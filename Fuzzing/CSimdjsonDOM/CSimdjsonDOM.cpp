#include "CSimdjsonDOM.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <simdjson.h>
#include <string>
#include <string_view>

using namespace simdjson;

namespace {

void describe(std::string_view text, std::string &result) {
    result.append("s").append(std::to_string(text.size())).append(":").append(text);
}

// Appends to the description, and returns how deeply arrays and objects are nested in the value.
size_t describe(dom::element value, std::string &result) {
    size_t depth = 0;
    switch (value.type()) {
    case dom::element_type::NULL_VALUE: result += 'n'; break;
    case dom::element_type::BOOL: result += value.get_bool().value_unsafe() ? 't' : 'f'; break;
    case dom::element_type::INT64:
        result.append("i").append(std::to_string(value.get_int64().value_unsafe())).append(";");
        break;
    case dom::element_type::STRING: describe(value.get_string().value_unsafe(), result); break;
    case dom::element_type::ARRAY: {
        // A range-based loop would not keep alive the result that holds the array.
        const dom::array elements = value.get_array().value_unsafe();
        result += '[';
        for (dom::element element : elements) { depth = std::max(depth, describe(element, result)); }
        result += ']';
        return depth + 1;
    }
    case dom::element_type::OBJECT: {
        const dom::object members = value.get_object().value_unsafe();
        result += '{';
        for (dom::key_value_pair member : members) {
            describe(member.key, result);
            depth = std::max(depth, describe(member.value, result));
        }
        result += '}';
        return depth + 1;
    }
    default: result += '#';
    }
    return depth;
}

} // namespace

char *csd_describe(const uint8_t *bytes, size_t count, size_t *described_count, size_t *depth) {
    dom::parser parser;
    if (parser.allocate(count, 1025)) { return nullptr; }
    dom::element root;
    if (parser.parse(bytes, count).get(root)) { return nullptr; }
    std::string result;
    *depth = describe(root, result);
    *described_count = result.size();
    char *const description = static_cast<char *>(std::malloc(result.size()));
    if (description) { std::memcpy(description, result.data(), result.size()); }
    return description;
}

void csd_free(char *description) { std::free(description); }
