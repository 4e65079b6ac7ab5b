#!/usr/bin/env bash
# Fails unless the report of a test run (xUnit XML) says that the end-to-end tests ran, all of them.
set -euo pipefail

report=$1
tests=$(grep -c '<testcase [^>]*classname="EndToEndTests' "$report" || true)
skipped=$(grep -A1 '<testcase [^>]*classname="EndToEndTests' "$report" | grep -c '<skipped' || true)
if [[ $tests -eq 0 || $skipped -gt 0 ]]; then
    echo "end-to-end tests: $tests in the report, $skipped of them skipped" >&2
    exit 1
fi
echo "end-to-end tests: $tests ran"
