"""Tests of how counts of instructions are read and compared: `python3 -m unittest discover Benchmarks`."""

import contextlib
import io
import unittest

import instructions
from instructions import Counts, Platform

HERE = Platform("x86_64", "debian 12", "Swift 6.2", frozenset({"avx2"}))
RECORDED = {"parse": Counts(1000, 20), "patch": Counts(2000, 0)}

PROFILE = """\
events: Ir

fn=(1) counted
11 5
cfn=(2) malloc
calls=3 0
11 60
cfn=(3) $s4JSON5parse
calls=1 0
11 900

fn=(3)
20 800
cfn=(2)
calls=4 0
20 80
cfn=(4) posix_memalign
calls=1 0
20 20
cfn=(5) free
calls=9 0
20 0

totals: 965
"""


class Comparison(unittest.TestCase):
    def compare(self, **changes):
        return instructions.compare(RECORDED, RECORDED | changes)

    def test_counts_within_the_tolerance_are_neither_worse_nor_out_of_date(self):
        self.assertEqual(self.compare(parse=Counts(1050, 21), patch=Counts(1900, 0)), ([], []))

    def test_a_count_that_grew_is_worse(self):
        self.assertEqual(
            self.compare(parse=Counts(1051, 20)), (["parse: 1,051 instructions, but 1,000 were recorded"], [])
        )
        self.assertEqual(self.compare(parse=Counts(1000, 22)), (["parse: 22 allocations, but 20 were recorded"], []))
        self.assertEqual(self.compare(patch=Counts(2000, 1)), (["patch: 1 allocations, but 0 were recorded"], []))

    def test_a_count_that_fell_is_out_of_date(self):
        self.assertEqual(
            self.compare(parse=Counts(949, 20)), ([], ["parse: 949 instructions, but 1,000 were recorded"])
        )

    def test_all_steps_and_no_others_are_recorded(self):
        self.assertEqual(self.compare(encode=Counts(1, 1)), (["encode has not been recorded"], []))
        problems, _ = instructions.compare(RECORDED, {"parse": Counts(1000, 20)})
        self.assertEqual(problems, ["patch is recorded, but there is no such step"])

    def test_the_exit_status_is_0_only_if_nothing_is_worse(self):
        for counts, status in [(Counts(1000, 20), 0), (Counts(900, 20), 0), (Counts(1100, 20), 1)]:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                self.assertEqual(instructions.report(RECORDED, RECORDED | {"parse": counts}), status)
            self.assertEqual("make bench-update" in printed.getvalue(), counts.instructions != 1000)


class Files(unittest.TestCase):
    def test_what_was_written_can_be_read_back(self):
        written = instructions.text(RECORDED, HERE)
        self.assertEqual(instructions.read(written), RECORDED)
        self.assertEqual(instructions.read_platform(written), HERE._replace(flags=frozenset()))

    def test_a_file_without_its_platform_is_rejected(self):
        with self.assertRaises(ValueError):
            instructions.read_platform("step\tinstructions\tallocations\nparse\t1\t1\n")

    def test_the_total_and_all_allocating_calls_of_a_profile_are_read(self):
        self.assertEqual(instructions.read_callgrind(PROFILE), (965, 8))
        self.assertEqual(instructions.read_callgrind("events: Ir\n"), (0, 0))


class Platforms(unittest.TestCase):
    def test_counts_are_compared_with_those_of_the_same_kind_of_machine_alone(self):
        self.assertIsNone(HERE.obstacle(HERE._replace(versions="Swift 6.1")))
        self.assertIn("x86_64", HERE._replace(machine="aarch64").obstacle(HERE))
        self.assertIn("debian 12", HERE._replace(distribution="debian 13").obstacle(HERE))
        self.assertIn("AVX2", HERE._replace(flags=frozenset({"sse2"})).obstacle(HERE))

    def test_the_platform_of_this_machine_is_known(self):
        here = Platform.here()
        self.assertTrue(here.machine and here.distribution)
        self.assertRegex(here.versions, r"^Swift \d+\.\d+.*, OpenSSL \d")


if __name__ == "__main__":
    unittest.main()
