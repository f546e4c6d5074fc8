"""`python -m tests.fuzz [--only PORT] [--inputs N] [--seed S]`: feed hostile input to each port, and report.

Exits with 1 if anything came of it but errors of ours.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.fuzz import discord, ports
from tests.fuzz.run import Port, fuzzed

PORTS: Final[dict[str, Port]] = {
    "model": ports.model_bytes,
    "config": ports.configuration,
    "ids": ports.custom_ids,
    "database": ports.database_files,
    "gateway": discord.gateway_events,
    "rest": discord.rest_answers,
}


def main() -> int:
    """Run what the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Feed hostile input to each port.")
    parser.add_argument("--only", choices=PORTS, action="append", help="one port; may be given again")
    parser.add_argument("--inputs", type=int, default=100_000, help="how many for each port (default 100,000)")
    parser.add_argument("--seed", type=int, default=None, help="repeat the inputs of this seed")
    arguments = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if arguments.seed is None else arguments.seed
    bad = False
    for name in arguments.only or PORTS:
        with tempfile.TemporaryDirectory(prefix="parley-fuzz-") as folder:
            report = asyncio.run(fuzzed(name, PORTS[name], Path(folder), seed, inputs=arguments.inputs))
        print(report, flush=True)
        bad = bad or bool(report.problems)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
