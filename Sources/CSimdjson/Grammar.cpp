#include "Grammar.h"

#include "CSimdjson.h"
#include "Numbers.h"

#include <cstring>

using namespace simdjson;

namespace csj {

namespace {

bool is_space(uint8_t c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// Whether the word stands from `start` on, and at most white space between it and `end`. A byte that follows the word
// belongs to the same mark unless it is white space; after white space, another byte would have a mark of its own.
template <size_t N> bool is_word(const uint8_t *start, const uint8_t *end, const char (&word)[N]) {
    constexpr size_t count = N - 1;
    return size_t(end - start) >= count && std::memcmp(start, word, count) == 0 &&
        (start + count == end || is_space(start[count]));
}

// Checks a scalar other than a string, and returns its length in `link`. `end` is where the next mark stands.
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

// The position of the last quote before `end`, which there must be.
[[gnu::noinline]] uint32_t quote_before(const uint8_t *text, uint32_t end) {
    do { end--; } while (text[end] != '"');
    return end;
}

// Records the string that begins with the quote at `quote`, where `next` is where the next mark stands. `backslash` is the
// position of the first backslash that is not before the quote, or UINT32_MAX.
inline error_code record_string(
    const uint8_t *text, uint32_t quote, uint32_t next, uint32_t &backslash, Strings &strings, csj_record *record
) {
    // The first stage has seen the closing quote, and only white space stands between it and the next mark. If it had not,
    // the search would end at the opening quote.
    uint32_t end = next - 1;
    if (simdjson_unlikely(text[end] != '"')) { end = quote_before(text, end); }
    if (simdjson_unlikely(end == quote)) { return UNCLOSED_STRING; }
    record->position = quote;
    if (simdjson_unlikely(end > backslash)) {
        error_code error = strings.unescape(quote + 1, record->link);
        backslash = strings.find_backslash(end);
        return error;
    }
    record->link = end - quote;
    return SUCCESS;
}

} // namespace

// No mark beyond the last one is read. Of an array or object, that one is a closing bracket, which is accepted only as the
// end of an array or object, and is compared with the last one there. So if any other character is found at a mark, there
// is a next one.
error_code check_grammar(const Marks &marks, Strings &strings, csj_record *const records) {
    const uint8_t *const text = marks.text;
    const uint32_t *mark = marks.positions;
    const uint32_t *const last = mark + (marks.count - 1);
    csj_record *record = records;
    csj_record *open = records;
    uint32_t backslash = strings.find_backslash(0);
    uint32_t position = *mark;
    uint32_t depth = 0;

    if (text[position] == '{' || text[position] == '[') {
        if (text[*last] != '}' && text[*last] != ']') { return TAPE_ERROR; }
    } else {
        if (mark != last) { return TAPE_ERROR; }
        if (text[position] == '"') {
            return record_string(text, position, marks.text_count, backslash, strings, record);
        }
        record->position = position;
        return check_scalar(text + position, text + marks.text_count, record->link);
    }
    goto value;

    for (;;) {
        if (open->link & is_object) {
            if (text[position] != '"') { return TAPE_ERROR; }
            const uint32_t colon = mark[1];
            if (text[colon] != ':') { return TAPE_ERROR; }
            if (error_code error = record_string(text, position, colon, backslash, strings, record)) { return error; }
            position = mark[2];
            mark += 2;
            record++;
        }
    value:
        const uint8_t first = text[position];
        if (first == '"') {
            const uint32_t next = mark[1];
            if (error_code error = record_string(text, position, next, backslash, strings, record)) { return error; }
            position = next;
            mark++;
            record++;
        } else if (first == '{' || first == '[') {
            if (simdjson_unlikely(depth == CSJ_MAXIMUM_DEPTH)) { return DEPTH_ERROR; }
            record->position = position;
            position = mark[1];
            mark++;
            const uint32_t tag = first == '{' ? object_tag : array_tag;
            if (text[position] == first + 2) {
                record->link = tag | uint32_t(record + 1 - records);
                record++;
                goto closed;
            }
            // While it is open, it leads to the one around it.
            record->link = tag | uint32_t(open - records);
            depth++;
            open = record;
            record++;
            continue;
        } else {
            if (mark == last) { return TAPE_ERROR; }
            const uint32_t next = mark[1];
            record->position = position;
            if (error_code error = check_scalar(text + position, text + next, record->link)) { return error; }
            position = next;
            mark++;
            record++;
        }
        while (text[position] != ',') {
            {
                const uint32_t link = open->link;
                if (text[position] != (link & is_object ? '}' : ']')) { return TAPE_ERROR; }
                open->link = (link & object_tag) | uint32_t(record - records);
                open = records + (link & ~object_tag);
                depth--;
            }
        closed:
            if (mark == last) { return depth == 0 ? SUCCESS : TAPE_ERROR; }
            if (depth == 0) { return TAPE_ERROR; }
            position = mark[1];
            mark++;
        }
        position = mark[1];
        mark++;
    }
}

} // namespace csj
