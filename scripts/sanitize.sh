#!/usr/bin/env bash
# Runs tests under ThreadSanitizer and AddressSanitizer: those that match an argument, or all except those with a control
# plane, which would be too slow, and the many runs of `mutate`. The programs that tests start are sanitized too. All findings
# are printed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$(scripts/python-tools.sh):$PATH
KUBEBUILDER_ASSETS=$(scripts/control-plane.sh)
export PATH KUBEBUILDER_ASSETS
selection=(--skip 'EndToEndTests|CommandIntegrationTests|BenchmarksIntegrationTests')
if [[ $# -gt 0 ]]; then selection=(--filter "$1"); fi

status=0
for sanitizer in ${SANITIZERS:-thread address}; do
    scratch=$PWD/.build-$sanitizer
    reports=$scratch/reports
    rm -rf "$reports"
    mkdir -p "$reports"
    options=(--sanitize="$sanitizer" --scratch-path "$scratch")
    swift build --build-tests "${options[@]}"
    preload=
    if [[ $sanitizer == thread ]]; then
        preload=$scratch/tsan-mutex.so
        clang -O1 -shared -fPIC -o "$preload" scripts/tsan-mutex.c
    fi
    export TSAN_OPTIONS="log_path=$reports/report suppressions=$PWD/scripts/tsan-suppressions.txt print_suppressions=0"
    export ASAN_OPTIONS="log_path=$reports/report:detect_leaks=0"
    LD_PRELOAD=$preload swift test --skip-build --no-parallel "${options[@]}" "${selection[@]}" || status=1
    if compgen -G "$reports/*" >/dev/null; then
        cat "$reports"/*
        status=1
    fi
done
exit "$status"
