"""Tests of what is made of the counts of instructions: `python3 -m unittest discover Benchmarks`."""

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
            self.compare(parse=Counts(1051, 20)), (["parse: 1,051 instructions, and 1,000 are recorded"], [])
        )
        self.assertEqual(self.compare(parse=Counts(1000, 22)), (["parse: 22 allocations, and 20 are recorded"], []))
        self.assertEqual(self.compare(patch=Counts(2000, 1)), (["patch: 1 allocations, and 0 are recorded"], []))

    def test_a_count_that_fell_is_out_of_date(self):
        self.assertEqual(
            self.compare(parse=Counts(949, 20)), ([], ["parse: 949 instructions, and 1,000 are recorded"])
        )

    def test_each_step_is_recorded_and_no_other(self):
        self.assertEqual(self.compare(encode=Counts(1, 1)), (["encode is not recorded"], []))
        problems, _ = instructions.compare(RECORDED, {"parse": Counts(1000, 20)})
        self.assertEqual(problems, ["patch is recorded, but is no step"])

    def test_the_exit_status_is_0_only_if_nothing_is_worse(self):
        for counts, status in [(Counts(1000, 20), 0), (Counts(900, 20), 0), (Counts(1100, 20), 1)]:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                self.assertEqual(instructions.report(RECORDED, RECORDED | {"parse": counts}), status)
            self.assertEqual("make bench-update" in printed.getvalue(), counts.instructions != 1000)


class Files(unittest.TestCase):
    def test_what_is_written_is_read_again(self):
        written = instructions.text(RECORDED, HERE)
        self.assertEqual(instructions.read(written), RECORDED)
        self.assertEqual(instructions.read_platform(written), HERE._replace(flags=frozenset()))

    def test_a_file_that_does_not_say_where_it_is_from_is_refused(self):
        with self.assertRaises(ValueError):
            instructions.read_platform("step\tinstructions\tallocations\nparse\t1\t1\n")

    def test_a_profile_has_its_total_and_every_call_that_allocates(self):
        self.assertEqual(instructions.read_callgrind(PROFILE), (965, 8))
        self.assertEqual(instructions.read_callgrind("events: Ir\n"), (0, 0))


class Platforms(unittest.TestCase):
    def test_counts_are_compared_with_those_of_the_same_kind_of_machine_alone(self):
        self.assertIsNone(HERE.obstacle(HERE._replace(versions="Swift 6.1")))
        self.assertIn("x86_64", HERE._replace(machine="aarch64").obstacle(HERE))
        self.assertIn("debian 12", HERE._replace(distribution="debian 13").obstacle(HERE))
        self.assertIn("AVX2", HERE._replace(flags=frozenset({"sse2"})).obstacle(HERE))

    def test_this_machine_tells_what_it_is(self):
        here = Platform.here()
        self.assertTrue(here.machine and here.distribution)
        self.assertRegex(here.versions, r"^Swift \d+\.\d+.*, OpenSSL \d")


if __name__ == "__main__":
    unittest.main()
