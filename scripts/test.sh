#!/usr/bin/env bash
# Runs all tests, or those selected by the arguments, which are passed to `swift test`. Unit tests run in parallel, a few at a
# time: all at once, they would exceed their time limits waiting for each other. Integration and end-to-end tests start
# programs and mostly wait for them, so the two kinds run side by side, and the tests of each kind one after the other.
# Without arguments, the script also fails if the end-to-end tests did not run.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$(scripts/python-tools.sh):$PATH
KUBEBUILDER_ASSETS=$(scripts/control-plane.sh)
export PATH KUBEBUILDER_ASSETS

if [[ $# -gt 0 ]]; then
    exec swift test --no-parallel "$@"
fi

# The names of all test targets except those of unit tests end in one of these.
others='IntegrationTests|EndToEndTests'
results=.build/test-results
rm -f "$results"*.xml
# If a target imports another one without naming it in the manifest, the build depends on the order of compilation.
swift build --build-tests --explicit-target-dependency-import-check error
swift test --skip-build --experimental-maximum-parallelization-width 8 --skip "$others" --xunit-output "$results-unit.xml"

# Each group has its own folder for logs. Two runs of `swift test` at a time would compete for the database of the build, so
# one group is run without it.
bundle=$(swift build --show-bin-path)/pod-identity-webhookPackageTests.xctest
TEST_LOGS=integration "$bundle" --testing-library swift-testing --no-parallel --filter IntegrationTests \
    --xunit-output "$results-integration-swift-testing.xml" >"$results-integration.log" 2>&1 &
integration=$!
trap 'kill "$integration" 2>/dev/null || true' EXIT
trap 'exit 1' INT TERM
status=0
TEST_LOGS=end-to-end swift test --skip-build --no-parallel --filter EndToEndTests \
    --xunit-output "$results-end-to-end.xml" || status=$?
wait "$integration" || status=$?
trap - EXIT
cat "$results-integration.log"
[[ $status -eq 0 ]] || exit "$status"
scripts/check-end-to-end.sh "$results-end-to-end-swift-testing.xml"
