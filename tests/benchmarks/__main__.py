"""`python -m tests.benchmarks [--quick] [--only NAME]`: measure, and print each figure beside its limit.

Always exits with 0: the machines are shared, so a figure that misses its limit is news and no failure. Linux only (/proc).
"""

import argparse
import asyncio
import os
import time

from tests.benchmarks.suite import BENCHMARKS, measured
from tests.benchmarks.table import rendered
from tests.benchmarks.verdicts import FULL, QUICK


def main() -> None:
    """Run what the arguments name."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description="Measure the bot beside two floors."
    )
    parser.add_argument("--quick", action="store_true", help="a few mentions and a small database; shows that it runs")
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="one benchmark; may be given again")
    arguments = parser.parse_args()
    began, load = time.monotonic(), os.getloadavg()[0]
    results = asyncio.run(measured(QUICK if arguments.quick else FULL, arguments.only or BENCHMARKS))
    print(rendered(results))
    print(
        f"\n{time.monotonic() - began:.0f} s on {os.cpu_count()} cores; "
        f"load average {load:.2f} before, {os.getloadavg()[0]:.2f} after"
    )


if __name__ == "__main__":
    main()
