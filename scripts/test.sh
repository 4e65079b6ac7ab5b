#!/usr/bin/env bash
# Runs all tests, or passes its arguments to `swift test`. Without arguments it also fails if the end-to-end tests did not
# run. The tests run one after the other, since many start programs, which would starve each other.
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
