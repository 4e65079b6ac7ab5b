#!/usr/bin/env bash
# Fails unless the report of a test run (xUnit XML) shows that all end-to-end tests ran. One may be skipped if
# KUBEBUILDER_ASSETS has no kube-scheduler.
set -euo pipefail

report=$1
expected=$(swift test list --skip-build | grep -c '^EndToEndTests\.' || true)
cases=$(grep -A1 '<testcase [^>]*classname="EndToEndTests\.' "$report" || true)
ran=$(grep -c '<testcase [^>]*classname="EndToEndTests\.' <<<"$cases" || true)
skipped=$(grep -c '<skipped' <<<"$cases" || true)
allowed=0
if [[ ! -x $KUBEBUILDER_ASSETS/kube-scheduler ]]; then
    allowed=$(grep -A1 'EndToEnd.*HostPortTests' <<<"$cases" | grep -c '<skipped' || true)
fi
if [[ $ran -eq 0 || $ran -ne $expected || $skipped -ne $allowed ]]; then
    echo "end-to-end tests: $report has $ran of $expected, and $skipped of these were skipped" >&2
    exit 1
fi
echo "end-to-end tests: $((ran - skipped)) ran, $skipped skipped"
