"""Compares the counts of instructions in instructions.tsv with those that callgrind reports."""

import pathlib
import platform
import re
import subprocess
from typing import NamedTuple

# How much a count may grow before it is a failure, and may fall before the file is reported as out of date.
TOLERANCE = 0.05
HEADER = "step\tinstructions\tallocations"
UPDATE = "if this is intended, run make bench-update and give the reason in the commit message"


class Counts(NamedTuple):
    instructions: int
    allocations: int


class Platform(NamedTuple):
    """What the counts depend on, apart from the sources."""

    machine: str
    distribution: str
    versions: str
    flags: frozenset = frozenset()

    @staticmethod
    def here():
        release = dict(re.findall(r'^(\w+)="?([^"\n]*)', pathlib.Path("/etc/os-release").read_text(), re.M))
        cpu = re.search(r"^flags\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
        swift = re.search(r"Swift version (\S+)", output("swift", "--version"))
        packages = {name: output("dpkg-query", "-W", "-f", "${Version}", package) for name, package in PACKAGES.items()}
        versions = {"Swift": swift.group(1) if swift else "?"} | packages
        return Platform(
            platform.machine(),
            f"{release.get('ID')} {release.get('VERSION_ID')}",
            ", ".join(f"{name} {version}" for name, version in versions.items()),
            frozenset(cpu.group(1).split() if cpu else []),
        )

    def obstacle(self, recorded):
        """Why counts from this platform cannot be compared with the recorded ones; None if they can."""
        if self.machine != recorded.machine:
            return f"they were recorded on {recorded.machine}, but this is {self.machine}"
        if self.distribution != recorded.distribution:
            return f"they were recorded on {recorded.distribution}, but this is {self.distribution}"
        if self.machine == "x86_64" and "avx2" not in self.flags:
            return "the processor has no AVX2"
        return None


PACKAGES = {"OpenSSL": "libssl-dev", "simdjson": "libsimdjson-dev", "glibc": "libc6", "valgrind": "valgrind"}


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout
    except FileNotFoundError:
        return ""


def read_callgrind(profile):
    """The instructions and the allocations of a profile (valgrind's manual, "Callgrind Format Specification")."""
    names, allocations, callee = {}, 0, ""
    for line in profile.splitlines():
        if match := re.match(r"c?fn=(\(\d+\))(?: (.*))?", line):
            # A name is written out once; after that, only its number is written.
            if match.group(2):
                names[match.group(1)] = match.group(2)
            callee = names[match.group(1)]
        elif line.startswith("calls=") and callee in ALLOCATORS:
            allocations += int(line[len("calls=") :].split()[0])
    total = re.search(r"^totals: (\d+)", profile, re.M)
    return int(total.group(1)) if total else 0, allocations


ALLOCATORS = {"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign"}


def text(counts, here):
    lines = [
        "# Instructions and allocations of one run of each step, written by `make bench-update`: see docs/performance.md.",
        f"# {here.machine}, {here.distribution}; {here.versions}",
        HEADER,
    ]
    return "\n".join(lines + [f"{name}\t{of.instructions}\t{of.allocations}" for name, of in counts.items()]) + "\n"


def read(recorded):
    rows = [line.split("\t") for line in recorded.splitlines() if line and not line.startswith("#") and line != HEADER]
    return {name: Counts(int(instructions), int(allocations)) for name, instructions, allocations in rows}


def read_platform(recorded):
    match = re.search(r"^# (\w+), ([^;]*); (.*)", recorded, re.M)
    if not match:
        raise ValueError("the file with the counts does not say on which platform they were recorded")
    return Platform(*match.groups())


def compare(recorded, measured):
    """The counts that have become worse, and those that are out of date without being worse."""
    problems, notices = [], []
    for name in recorded.keys() - measured.keys():
        problems.append(f"{name} is recorded, but there is no such step")
    for name, counts in measured.items():
        if name not in recorded:
            problems.append(f"{name} has not been recorded")
            continue
        for what, before, now in zip(Counts._fields, recorded[name], counts):
            change = f"{name}: {now:,} {what}, but {before:,} were recorded"
            if now > before * (1 + TOLERANCE):
                problems.append(change)
            elif now < before * (1 - TOLERANCE):
                notices.append(change)
    return sorted(problems), sorted(notices)


def report(recorded, measured):
    """Prints the comparison, and returns the exit status."""
    print(f"{'step':<20}{'instructions':>14}{'recorded':>12}{'':>9}{'allocations':>14}{'recorded':>12}")
    for name, now in measured.items():
        before = recorded.get(name, Counts(0, 0))
        change = f"{now.instructions / before.instructions - 1:+.1%}" if before.instructions else ""
        print(
            f"{name:<20}{now.instructions:>14,}{before.instructions:>12,}{change:>9}"
            f"{now.allocations:>14,}{before.allocations:>12,}"
        )
    problems, notices = compare(recorded, measured)
    for notice in notices:
        print(f"out of date: {notice} (make bench-update)")
    for problem in problems:
        print(f"worse: {problem}")
    if problems:
        print(UPDATE)
    return 1 if problems else 0
