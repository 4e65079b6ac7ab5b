#!/usr/bin/env bash
# Runs `swift build` in release mode, so that the same commit gives the same bytes in any folder, with Swift's own libraries
# linked statically. The arguments are passed on to `swift build`.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
flags=(
    -c release --static-swift-stdlib
    # Functions may be inlined across targets. Exclusive access to memory is checked in tests, but not in releases.
    -Xswiftc -cross-module-optimization -Xswiftc -enforce-exclusivity=unchecked
    # Paths are relative in debug information and in #filePath.
    -Xswiftc -file-prefix-map -Xswiftc "$PWD=." -Xcc "-ffile-prefix-map=$PWD=."
    # With several threads, the compiler's memory layout, and with it the order of some instructions, would differ each time.
    -Xswiftc -num-threads -Xswiftc 1
    # Leave out unused functions, merge identical ones, and export no symbols.
    -Xswiftc -Xfrontend -Xswiftc -function-sections
    -Xswiftc -use-ld=lld -Xlinker --icf=all -Xlinker --no-export-dynamic
    # The build ID would depend on debug information, which contains paths of module caches.
    -Xlinker --build-id=none
    # Use the compact form of relocations, which glibc supports since 2.36. scripts/release.ld removes tables.
    -Xlinker -z -Xlinker pack-relative-relocs -Xlinker "-T$PWD/scripts/release.ld"
)
# The commit that the program names in its log, marked if it has changes; empty outside the project's own repository.
if [[ ! -v BUILD_COMMIT ]] && prefix=$(git rev-parse --show-prefix 2>/dev/null) && [[ -z $prefix ]]; then
    BUILD_COMMIT=$(git describe --always --abbrev=12 --exclude='*' --dirty)
fi
export BUILD_COMMIT=${BUILD_COMMIT-}
# The compiler orders some instructions by addresses and hashes, which are random by default. In some sandboxes, setarch is
# not allowed to turn this off.
export SWIFT_DETERMINISTIC_HASHING=1
fixed=(setarch --addr-no-randomize)
"${fixed[@]}" true 2>/dev/null || fixed=()
exec "${fixed[@]}" swift build "${flags[@]}" "$@"
