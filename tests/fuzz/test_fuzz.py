"""Hostile input of each port, for a few seconds each; `python -m tests.fuzz` feeds more."""

import secrets
from pathlib import Path

import pytest

from tests.fuzz.__main__ import PORTS
from tests.fuzz.run import fuzzed

SECONDS = 4.0
LONGER = {"gateway": 10.0}
"""The gateway has many kinds of events, so it gets more seconds."""


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", PORTS)
async def test_hostile_input_ends_in_errors_of_ours(tmp_path: Path, name: str) -> None:
    """Whatever comes through a port, the bot goes on, or ends with an error that says what is wrong."""
    report = await fuzzed(name, PORTS[name], tmp_path, secrets.randbelow(1_000_000), seconds=LONGER.get(name, SECONDS))
    print(report)
    assert [problem for problem in report.problems if "ms of CPU" not in problem] == []
    assert report.inputs > 0
