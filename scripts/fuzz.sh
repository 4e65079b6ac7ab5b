#!/usr/bin/env bash
# Fuzzes the JSON parser, the review parser, the HTTP layer, the two parsers for requests, and the TLS handler (during and
# after the handshake). Runs all of these targets, or those in the arguments, one after the other, for FUZZ_SECONDS each.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export FUZZING=1
# Swift's default linker, gold, fails with an internal error on this program.
options=(-c release --scratch-path .build-fuzz --product fuzz -Xswiftc -use-ld=lld
    -Xswiftc "-sanitize=fuzzer,address"
    -Xcc "-fsanitize=fuzzer-no-link,address" -Xcxx "-fsanitize=fuzzer-no-link,address")
swift build "${options[@]}"
program=$(swift build "${options[@]}" --show-bin-path)/fuzz

if [[ $# -eq 0 ]]; then set -- json review http requests tls records; fi
for target in "$@"; do
    corpus=.build-fuzz/corpus/$target
    mkdir -p "$corpus" ".build-fuzz/found"
    "$program" "$target" -max_total_time="${FUZZ_SECONDS:-600}" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
        -detect_leaks=0 -print_final_stats=1 -artifact_prefix=".build-fuzz/found/$target-" \
        "$corpus" "Fuzzing/seeds/$target" "Fuzzing/crashers/$target"
done
