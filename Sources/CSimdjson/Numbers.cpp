#include "Numbers.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>

namespace csj {

namespace {

const uint8_t *skip_digits(const uint8_t *p, const uint8_t *end) {
    while (p < end && uint8_t(*p - '0') < 10) { p++; }
    return p;
}

// Whether digits without leading zeros are a 64-bit number.
bool fits(const uint8_t *digits, const uint8_t *end, bool is_negative) {
    const char *const limit = is_negative ? "9223372036854775808" : "18446744073709551615";
    const size_t count = end - digits;
    const size_t most = std::strlen(limit);
    return count < most || (count == most && std::memcmp(digits, limit, most) <= 0);
}

// The exponent that begins after the `e`. Beyond what the digits of a document of 1 GiB can balance, its exact size
// does not matter.
int64_t read_exponent(const uint8_t *p, const uint8_t *end) {
    const bool is_negative = *p == '-';
    if (is_negative || *p == '+') { p++; }
    int64_t exponent = 0;
    for (; p < end && exponent < int64_t(1) << 40; p++) { exponent = exponent * 10 + (*p - '0'); }
    return is_negative ? -exponent : exponent;
}

// Whether the double nearest to an unsigned number is finite. The number's mantissa ends at `mantissa_end`.
bool is_finite(const uint8_t *start, const uint8_t *mantissa_end, const uint8_t *end) {
    const uint8_t *const point = std::find(start, mantissa_end, '.');
    const uint8_t *const first = std::find_if(start, mantissa_end, [](uint8_t c) { return c != '0' && c != '.'; });
    if (first == mantissa_end) { return true; }
    // The number is at least 10^magnitude and less than ten times that.
    int64_t magnitude = first < point ? point - first - 1 : point - first;
    if (mantissa_end < end) { magnitude += read_exponent(mantissa_end + 1, end); }
    // The largest double is about 1.8 * 10^308.
    if (magnitude != 308) { return magnitude < 308; }
    double value;
    const auto result =
        std::from_chars(reinterpret_cast<const char *>(start), reinterpret_cast<const char *>(end), value);
    return result.ec == std::errc();
}

} // namespace

const uint8_t *number_end(const uint8_t *start, const uint8_t *end) {
    const bool is_negative = *start == '-';
    const uint8_t *const digits = start + is_negative;
    const uint8_t *p = skip_digits(digits, end);
    if (p == digits || (*digits == '0' && p - digits > 1)) { return nullptr; }
    if (p == end || (*p != '.' && (*p | 0x20) != 'e')) { return fits(digits, p, is_negative) ? p : nullptr; }
    if (*p == '.') {
        const uint8_t *const fraction = p + 1;
        p = skip_digits(fraction, end);
        if (p == fraction) { return nullptr; }
    }
    const uint8_t *const mantissa_end = p;
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        if (p < end && (*p == '-' || *p == '+')) { p++; }
        const uint8_t *const exponent = p;
        p = skip_digits(exponent, end);
        if (p == exponent) { return nullptr; }
    }
    return is_finite(digits, mantissa_end, p) ? p : nullptr;
}

} // namespace csj
