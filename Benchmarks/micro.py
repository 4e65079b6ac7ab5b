#!/usr/bin/env python3
"""Measures each step of a request: nanoseconds, instructions as counted by callgrind, and allocations.

With --check, the counts are compared with those in instructions.tsv, and with --update, they are written to it."""

import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

import instructions
from instructions import Counts, Platform

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / ".build/micro"
RECORDED = ROOT / "Benchmarks/instructions.tsv"

# Libraries choose their code by the processor's features. On a processor with AVX2, valgrind always presents a Haswell
# processor; these variables keep the choice the same even if another version of valgrind presents more features.
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C",
    "SWIFT_DETERMINISTIC_HASHING": "1",
    "SIMDJSON_FORCE_IMPLEMENTATION": "haswell",
    # CPUID leaves 1 (EDX, ECX) and 7 (EBX) of Haswell without RDRAND, see OPENSSL_ia32cap(3).
    "OPENSSL_ia32cap": "0x1ED8320347808111:0x128",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-ERMS,-FSRM",
}


def build():
    """The program without Swift's debug information, which valgrind does not understand."""
    command = [ROOT / "scripts/swift-release.sh", "--product", "microbenchmarks"]
    subprocess.run(command, check=True, stdout=sys.stderr, cwd=ROOT)
    folder = subprocess.run([*command, "--show-bin-path"], check=True, capture_output=True, text=True, cwd=ROOT)
    return pathlib.Path(folder.stdout.strip()) / "microbenchmarks"


def steps(program):
    usage = subprocess.run([program, "help"], capture_output=True, text=True).stdout
    return usage.rpartition("the steps are ")[2].split()


def profile(program, step, runs):
    output = program.with_name(f"{step}.callgrind")
    options = [f"--callgrind-out-file={output}", "--toggle-collect=*microbenchmarks7counted*"]
    command = ["setarch", "--addr-no-randomize", "valgrind", "--tool=callgrind", *options]
    # The path of the program is on its stack, so it must be the same each time. The program finds the reviews by paths
    # relative to the repository.
    result = subprocess.run(
        [*command, program.relative_to(ROOT), step, str(runs)], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True
    )
    if result.returncode != 0:
        raise RuntimeError(f"{step}: {result.stderr[-2000:]}")
    return instructions.read_callgrind(output.read_text())


def count(program, step, runs):
    """The average counts for one run of a step, as whole numbers."""
    _, before = profile(program, step, runs)
    total, allocations = profile(program, step, 2 * runs)
    if total == 0:
        raise RuntimeError(f"{step}: valgrind did not find the function whose instructions are counted")
    # Instructions are counted only in that function, but calls everywhere, so those before the runs are subtracted.
    return Counts(round(total / (2 * runs)), round((allocations - before) / runs))


def measure(program, names, runs):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        return dict(zip(names, threads.map(lambda name: count(program, name, runs), names)))


def nanoseconds(program):
    lines = subprocess.run([program], check=True, capture_output=True, text=True, cwd=ROOT).stdout.splitlines()
    return {name: int(time) for name, time in (line.split() for line in lines)}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="fail if a count has grown by more than 5 %%")
    mode.add_argument("--update", action="store_true", help="record the counts for later comparisons")
    parser.add_argument("--recorded", type=pathlib.Path, default=RECORDED, help="the file with the counts")
    parser.add_argument("--program", type=pathlib.Path, help="measure this program instead of building one")
    parser.add_argument("--runs", type=int, default=20, help="runs of each step under valgrind, and then twice as many")
    parser.add_argument("steps", nargs="*", help="the steps to measure; by default all of them")
    return parser.parse_args()


def main():
    options = parse_arguments()
    platform = Platform.here()
    if options.check:
        reason = platform.obstacle(instructions.read_platform(options.recorded.read_text()))
        if reason:
            print(f"the instructions are not compared: {reason}")
            return 0
    WORK.mkdir(parents=True, exist_ok=True)
    program = WORK / "microbenchmarks"
    subprocess.run(["strip", "--strip-debug", "-o", program, options.program or build()], check=True)
    counts = measure(program, options.steps or steps(program), options.runs)
    if options.update:
        options.recorded.write_text(instructions.text(counts, platform))
    elif options.check:
        return instructions.report(instructions.read(options.recorded.read_text()), counts)
    else:
        times = nanoseconds(program)
        print("| step | nanoseconds | instructions | allocations |\n|---|--:|--:|--:|")
        for name, of in counts.items():
            print(f"| {name} | {times[name]:,} | {of.instructions:,} | {of.allocations:,} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
