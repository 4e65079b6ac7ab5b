#!/usr/bin/env bash
# Runs tests under ThreadSanitizer and AddressSanitizer: those without a control plane, or those that match an argument.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$(scripts/python-tools.sh):$PATH
KUBEBUILDER_ASSETS=$(scripts/control-plane.sh)
export PATH KUBEBUILDER_ASSETS
export TSAN_OPTIONS="exitcode=66"
export ASAN_OPTIONS="detect_leaks=0"
tests=${1:-NIOOpenSSLTests|KubernetesTests|WebhookTests|JSONTests|PrometheusTests|PodIdentityTests|FuzzTargetsTests}
for sanitizer in ${SANITIZERS:-thread address}; do
    swift test --no-parallel --sanitize="$sanitizer" --scratch-path ".build-$sanitizer" --filter "$tests"
done
