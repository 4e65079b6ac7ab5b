#!/usr/bin/env bash
# Runs all tests, with arguments for `swift test` if there are any. Without arguments it also fails if the end-to-end
# tests did not run. One test after the other: many of them start programs, and together they would starve each other.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$(scripts/python-tools.sh):$PATH
KUBEBUILDER_ASSETS=$(scripts/control-plane.sh)
export PATH KUBEBUILDER_ASSETS

if [[ $# -gt 0 ]]; then
    exec swift test --no-parallel "$@"
fi

results=.build/test-results
rm -f "$results"*.xml
swift test --no-parallel --xunit-output "$results.xml"
scripts/check-end-to-end.sh "$results-swift-testing.xml"
