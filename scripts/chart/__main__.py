"""Checks the chart's rendered output, its README and its dashboard, or writes the README.

usage: scripts/chart [--write]
"""

import sys
import time
import traceback

import dashboard
import object_checks
import platform_checks
import readme
import text_checks
import value_checks

MODULES = [value_checks, object_checks, platform_checks, text_checks, dashboard, readme]


def main():
    if "--write" in sys.argv:
        readme.write()
        return
    failed = 0
    for check in [check for module in MODULES for check in module.CHECKS]:
        sentence = check.__name__.replace("_", " ")
        started = time.monotonic()
        try:
            check()
        except Exception:
            failed += 1
            print(f"chart: {sentence}:", file=sys.stderr)
            traceback.print_exc()
        if "-v" in sys.argv:
            print(f"{time.monotonic() - started:6.2f} s  {sentence}", file=sys.stderr)
    sys.exit(f"chart: {failed} checks failed" if failed else 0)


main()
