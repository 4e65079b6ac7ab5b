#!/usr/bin/env bash
# Prints what each step of a request takes: nanoseconds, the instructions that callgrind counts, and the blocks that DHAT
# sees allocated. The difference of two runs leaves out what the start of the program takes.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=(scripts/swift-release.sh --package-path Benchmarks --scratch-path .build/benchmarks)
"${build[@]}" --product microbenchmarks >&2
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
# Valgrind does not understand the debugging information of Swift.
strip --strip-debug -o "$work/microbenchmarks" "$("${build[@]}" --show-bin-path)/microbenchmarks"
runs=200

# The number in what valgrind says of so many runs of a step: count TOOL PATTERN STEP RUNS.
count() {
    valgrind --tool="$1" "--$1-out-file=/dev/null" "$work/microbenchmarks" "$3" "$4" 2>&1 | sed -n "s/.*$2.*/\1/p" | tr -d ,
}

difference() {
    local base
    base=$(count "$@" "$runs")
    echo $((($(count "$@" $((2 * runs))) - base) / runs))
}

instructions() { difference callgrind 'Collected : \([0-9,]*\)' "$1"; }
blocks() { difference dhat 'Total: .* bytes in \([0-9,]*\) blocks' "$1"; }

printf '%-16s%12s%14s%12s\n' step nanoseconds instructions allocations
"$work/microbenchmarks" | while read -r step nanoseconds; do
    printf '%-16s%12s%14s%12s\n' "$step" "$nanoseconds" "$(instructions "$step")" "$(blocks "$step")"
done
