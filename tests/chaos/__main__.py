"""`python -m tests.chaos [--kills N [--by-turns] | --mentions N | --neighbours N] [--seed S]`: runs of any length, with reports.

Exits with 1 if anything was wrong.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
from pathlib import Path

from tests.chaos.neighbours import neighbours
from tests.chaos.soak import soak
from tests.chaos.storm import storm


def main() -> int:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Kill the bot at every kind of moment.")
    parser.add_argument("--kills", type=int, default=1000, help="how often (default 1000)")
    parser.add_argument(
        "--mentions", type=int, default=0, help="ask so often instead, and look for what is left behind"
    )
    parser.add_argument(
        "--neighbours",
        type=int,
        default=0,
        help="ask so often with and without neighbours that make trouble, and compare",
    )
    parser.add_argument(
        "--by-turns", action="store_true", help="let the model fail by turns while another one answers in its place"
    )
    parser.add_argument("--seed", type=int, default=None, help="repeat the storm of this seed")
    parser.add_argument("--keep", type=Path, default=None, help="a folder in which the database and the log stay")
    arguments = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="parley-chaos-") as folder:
        keep = arguments.keep or Path(folder)
        if arguments.neighbours:
            run = neighbours(keep, arguments.neighbours, seed)
        elif arguments.mentions:
            run = soak(keep, arguments.mentions, seed)
        else:
            run = storm(keep, arguments.kills, seed, by_turns=arguments.by_turns)
        report = asyncio.run(run)
    print(report)
    return 1 if report.is_bad else 0


if __name__ == "__main__":
    sys.exit(main())
