#include "Grammar.h"

#include "CSimdjson.h"
#include "Numbers.h"

#include <cstring>

using namespace simdjson;

namespace csj {

namespace {

bool is_space(uint8_t c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// Whether the word is at `start`, followed by at most white space up to `end`. A byte that directly follows the word
// belongs to the same mark unless it is white space; after white space, another byte would have its own mark.
template <size_t N> bool is_word(const uint8_t *start, const uint8_t *end, const char (&word)[N]) {
    constexpr size_t count = N - 1;
    return size_t(end - start) >= count && std::memcmp(start, word, count) == 0 &&
        (start + count == end || is_space(start[count]));
}

// Checks a scalar other than a string, and returns its length in `link`. `end` is the position of the next mark.
error_code check_scalar(const uint8_t *start, const uint8_t *end, uint32_t &link) {
    static_assert(CSJ_SCALAR == 0, "a length is a link");
    switch (*start) {
    case 't': link = 4; return is_word(start, end, "true") ? SUCCESS : T_ATOM_ERROR;
    case 'f': link = 5; return is_word(start, end, "false") ? SUCCESS : F_ATOM_ERROR;
    case 'n': link = 4; return is_word(start, end, "null") ? SUCCESS : N_ATOM_ERROR;
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9': {
        const uint8_t *const number = number_end(start, end);
        if (!number || (number != end && !is_space(*number))) { return NUMBER_ERROR; }
        link = static_cast<uint32_t>(number - start);
        return SUCCESS;
    }
    default: return TAPE_ERROR;
    }
}

constexpr uint32_t array_tag = uint32_t(CSJ_ARRAY) << CSJ_TAG_SHIFT;
constexpr uint32_t object_tag = uint32_t(CSJ_OBJECT) << CSJ_TAG_SHIFT;
constexpr uint32_t is_object = object_tag ^ array_tag;
constexpr uint32_t target = ~object_tag;

// Whether these two bytes are at this position.
inline bool stands_at(const uint8_t *text, const char (&two)[3]) {
    uint16_t found, wanted;
    std::memcpy(&found, text, sizeof(found));
    std::memcpy(&wanted, two, sizeof(wanted));
    return found == wanted;
}

} // namespace

// The labels are the states of an automaton, each with a mark at `position`. The usual forms of members, without white
// space before a colon or a comma, are read in one go.
//
// No mark beyond the last one is read. In an array or object, the last mark is a closing bracket, which is accepted
// only as the end of an array or object, and only there compared with the last mark. So if any other character is found
// at a mark, there is a next mark; and if a character directly after such a mark of one character is not white space,
// it is that next mark. Bytes that are compared beyond the next mark are at most SIMDJSON_PADDING bytes after the text,
// and count only if there is a mark.
error_code check_grammar(const Marks &marks, Strings &strings, csj_record *const records) {
    const uint8_t *const text = marks.text;
    const uint32_t *mark = marks.positions;
    const uint32_t *const last = mark + (marks.count - 1);
    uint32_t position = *mark;
    // The number of records.
    size_t count = 0;
    // The record of the innermost open array or object; its link refers to the one around it.
    size_t open = 0;
    uint32_t depth = 0;
    // The position of the mark after a string, and that of its closing quote, as in its link.
    uint32_t next, length;

    switch (text[position]) {
    case '{': case '[':
        if (text[*last] != '}' && text[*last] != ']') { return TAPE_ERROR; }
        goto value;
    case '"':
        return mark == last ? strings.record(position, marks.text_count, *records) : TAPE_ERROR;
    default:
        if (mark != last) { return TAPE_ERROR; }
        records->position = position;
        return check_scalar(text + position, text + marks.text_count, records->link);
    }

member:
    if (text[position] != '"') { return TAPE_ERROR; }
    next = mark[1];
    length = next - 1 - position;
    if (simdjson_likely(stands_at(text + next - 1, "\":") && length != 0 && strings.is_plain(next))) {
        records[count] = {position, length};
        count++;
        if (stands_at(text + next + 1, "{}")) {
            if (simdjson_unlikely(depth == CSJ_MAXIMUM_DEPTH)) { return DEPTH_ERROR; }
            if (simdjson_unlikely(mark + 3 == last)) { return TAPE_ERROR; }
            records[count] = {next + 1, object_tag | uint32_t(count + 1)};
            count++;
            position = mark[4];
            mark += 4;
            if (text[position] != ',') { goto end; }
            position = mark[1];
            mark++;
            goto member;
        }
    } else {
        if (text[next] != ':') { return TAPE_ERROR; }
        if (error_code error = strings.record(position, next, records[count])) { return error; }
        count++;
    }
    position = mark[2];
    mark += 2;
    if (text[position] == '"') {
        next = mark[1];
        length = next - 1 - position;
        if (simdjson_unlikely(!stands_at(text + next - 1, "\",") || length == 0 || !strings.is_plain(next))) { goto string; }
        records[count] = {position, length};
        count++;
        position = mark[2];
        mark += 2;
        goto member;
    }
    if (text[position] != '{') { goto value; }

object:
    if (simdjson_unlikely(depth == CSJ_MAXIMUM_DEPTH)) { return DEPTH_ERROR; }
    records[count] = {position, object_tag | uint32_t(open)};
    open = count;
    count++;
    depth++;
    position = mark[1];
    mark++;
    if (text[position] != '}') { goto member; }

end_object: {
    const uint32_t link = records[open].link;
    if (!(link & is_object)) { return TAPE_ERROR; }
    records[open].link = object_tag | uint32_t(count);
    open = link & target;
}

closed:
    if (--depth == 0) { return mark == last ? SUCCESS : TAPE_ERROR; }
    if (mark == last) { return TAPE_ERROR; }
    position = mark[1];
    mark++;

behind_value:
    if (text[position] == ',') {
        position = mark[1];
        mark++;
        if (records[open].link & is_object) { goto member; }
        goto value;
    }

end:
    if (text[position] == '}') { goto end_object; }
    if (text[position] != ']') { return TAPE_ERROR; }

end_array: {
    const uint32_t link = records[open].link;
    if (link & is_object) { return TAPE_ERROR; }
    records[open].link = array_tag | uint32_t(count);
    open = link & target;
    goto closed;
}

value:
    switch (text[position]) {
    case '{':
        goto object;
    case '[':
        if (simdjson_unlikely(depth == CSJ_MAXIMUM_DEPTH)) { return DEPTH_ERROR; }
        records[count] = {position, array_tag | uint32_t(open)};
        open = count;
        count++;
        depth++;
        position = mark[1];
        mark++;
        if (text[position] == ']') { goto end_array; }
        goto value;
    case '"':
    string:
        next = mark[1];
        length = next - 1 - position;
        if (simdjson_likely(text[next - 1] == '"' && length != 0 && strings.is_plain(next))) {
            records[count] = {position, length};
        } else if (error_code error = strings.record(position, next, records[count])) {
            return error;
        }
        break;
    default:
        if (mark == last) { return TAPE_ERROR; }
        next = mark[1];
        records[count].position = position;
        if (error_code error = check_scalar(text + position, text + next, records[count].link)) { return error; }
    }
    count++;
    position = next;
    mark++;
    goto behind_value;
}

} // namespace csj
