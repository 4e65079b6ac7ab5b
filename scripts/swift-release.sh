#!/usr/bin/env bash
# `swift build` in release mode, so that the same sources give the same bytes in any folder. Swift's own libraries are linked
# statically. Arguments are for `swift build`.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
flags=(
    -c release --static-swift-stdlib
    # Functions may be inlined across targets. Exclusive access to memory is checked in the tests, and not in releases.
    -Xswiftc -cross-module-optimization -Xswiftc -enforce-exclusivity=unchecked
    # Paths are relative in debug information and in what #filePath gives.
    -Xswiftc -file-prefix-map -Xswiftc "$PWD=." -Xcc "-ffile-prefix-map=$PWD=."
    # Threads of the compiler would make its memory, and with it the order of some instructions, different each time.
    -Xswiftc -num-threads -Xswiftc 1
    # Functions that nothing calls are left out, equal ones are there once, and no symbol is for other programs to find.
    -Xswiftc -Xfrontend -Xswiftc -function-sections
    -Xswiftc -use-ld=lld -Xlinker --icf=all -Xlinker --no-export-dynamic
    # The identifier of the build would be a checksum of debug information too, where paths of module caches are.
    -Xlinker --build-id=none
    # Relocations are in their compact form, which glibc knows since 2.36. scripts/release.ld leaves tables out.
    -Xlinker -z -Xlinker pack-relative-relocs -Xlinker "-T$PWD/scripts/release.ld"
)
# The compiler orders some instructions by addresses and hashes, which are random by default. Some sandboxes do not let
# setarch turn that off.
export SWIFT_DETERMINISTIC_HASHING=1
fixed=(setarch --addr-no-randomize)
"${fixed[@]}" true 2>/dev/null || fixed=()
exec "${fixed[@]}" swift build "${flags[@]}" "$@"
