#!/usr/bin/env bash
# Runs two replicas through restarts, rotations and hostile clients for SOAK_MINUTES. Prints a report, and writes it to
# .build/soak-report.md.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export SOAK_MINUTES=${SOAK_MINUTES:-20} SOAK_REPORT=$PWD/.build/soak-report.md
scripts/test.sh "$@" --filter SoakTests
