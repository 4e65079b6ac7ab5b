#!/usr/bin/env bash
# `swift build` as releases are built; arguments are passed on. Swift's own libraries are linked statically, as in the image.
# Functions may be inlined across targets, which requests gain most from. Exclusive access to memory is not checked while
# the program runs: the tests run with the check, which is on in debug builds.
set -euo pipefail

exec swift build -c release --static-swift-stdlib \
    -Xswiftc -cross-module-optimization -Xswiftc -enforce-exclusivity=unchecked "$@"
