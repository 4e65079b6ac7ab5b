#!/usr/bin/env bash
# Runs all tests, or with arguments for `swift test` those that they name. Unit tests run in parallel, a few at a time: all
# at once, each would wait for the others and run into its limit of time. Integration and
# end-to-end tests run one after the other: they start programs, and together they would starve each other. Without
# arguments it also fails if the end-to-end tests did not run.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$(scripts/python-tools.sh):$PATH
KUBEBUILDER_ASSETS=$(scripts/control-plane.sh)
export PATH KUBEBUILDER_ASSETS

if [[ $# -gt 0 ]]; then
    exec swift test --no-parallel "$@"
fi

# The names of all test targets that are not of unit tests end in one of these.
others='IntegrationTests|EndToEndTests'
results=.build/test-results
rm -f "$results"*.xml
# A target that imports another without naming it in the manifest builds or not by the order of things.
swift build --build-tests --explicit-target-dependency-import-check error
swift test --skip-build --experimental-maximum-parallelization-width 8 --skip "$others" --xunit-output "$results-unit.xml"
swift test --skip-build --no-parallel --filter "$others" --xunit-output "$results-programs.xml"
scripts/check-end-to-end.sh "$results-programs-swift-testing.xml"
