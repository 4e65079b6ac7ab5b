#!/usr/bin/env bash
# Runs the tests' control plane with the webhook installed until Ctrl-C.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
KUBEBUILDER_ASSETS=$(scripts/control-plane.sh)
export KUBEBUILDER_ASSETS
swift build --product pod-identity-webhook
swift build --product cluster
exec "$(swift build --show-bin-path)/cluster"
