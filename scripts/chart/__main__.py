"""Checks what the chart renders, its README and its dashboard, or writes the README.

usage: scripts/chart [--write]
"""

import sys
import time
import traceback

import checks
import dashboard
import readme


def main():
    if "--write" in sys.argv:
        readme.write()
        return
    failed = 0
    for check in [*checks.CHECKS, dashboard.the_dashboard_is_valid_and_its_metrics_exist, readme.the_readme_is_made_from_the_values]:
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
