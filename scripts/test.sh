#!/usr/bin/env bash
# Runs all tests, or with arguments for `swift test` those that they name. Unit tests run in parallel, a few at a time: all
# at once, each would wait for the others and run into its limit of time. Integration and end-to-end tests start programs
# and mostly wait for them: the ones run beside the others, and each kind one after the other. Without arguments it also
# fails if the end-to-end tests did not run.
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

# In a folder of its own for logs, and beside the other run, whose lock on the build it does not need.
run_in_turn() {
    TEST_LOGS=$1 swift test --skip-build --ignore-lock --no-parallel --filter "$2" --xunit-output "$results-$1.xml"
}
run_in_turn integration IntegrationTests >"$results-integration.log" 2>&1 &
integration=$!
trap 'kill "$integration" 2>/dev/null || true' EXIT
status=0
run_in_turn end-to-end EndToEndTests || status=$?
wait "$integration" || status=$?
cat "$results-integration.log"
[[ $status -eq 0 ]] || exit "$status"
scripts/check-end-to-end.sh "$results-end-to-end-swift-testing.xml"
