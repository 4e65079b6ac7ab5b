#!/usr/bin/env bash
# Prints what each step of a request takes: nanoseconds, the instructions that callgrind counts, and the blocks and bytes
# that DHAT sees allocated. The difference of two runs leaves out what the start of the program takes.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
swift build -c release --static-swift-stdlib --product microbenchmarks >&2
program=$(swift build -c release --show-bin-path)/microbenchmarks
runs=200

# The first number behind a word in what valgrind says of so many runs of a step.
count() {
    local tool=$1 word=$2 step=$3 runs=$4
    valgrind --tool="$tool" "--$tool-out-file=/dev/null" "$program" "$step" "$runs" 2>&1 |
        sed -n "s/.*$word *: *\([0-9,]*\).*/\1/p" | tr -d , | head -n 1
}

difference() {
    local base
    base=$(count "$@" "$runs")
    echo $((($(count "$@" $((2 * runs))) - base) / runs))
}

blocks() { difference dhat 'Total: .* bytes in' "$1"; }

printf '%-16s%12s%14s%12s\n' step nanoseconds instructions allocations
"$program" | while read -r step nanoseconds; do
    printf '%-16s%12s%14s%12s\n' "$step" "$nanoseconds" "$(difference callgrind Collected "$step")" "$(blocks "$step")"
done
