"""Hostile input of each port, for a few seconds each; `python -m tests.fuzz` feeds more."""

import secrets
from pathlib import Path

import pytest

from tests.fuzz.__main__ import PORTS
from tests.fuzz.run import fuzzed

SECONDS = 4.0
BRIEFLY = [name for name in PORTS if name != "gateway"]
"""The ports without the gateway's events: a changed one may cost the session, and a new one takes minutes at times."""


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", BRIEFLY)
async def test_hostile_input_ends_in_errors_of_ours(tmp_path: Path, name: str) -> None:
    """Whatever comes through a port, the bot goes on, or ends with an error that says what is wrong."""
    report = await fuzzed(name, PORTS[name], tmp_path, secrets.randbelow(1_000_000), seconds=SECONDS)
    print(report)
    assert [problem for problem in report.problems if "ms of CPU" not in problem] == []
    assert report.inputs > 0
