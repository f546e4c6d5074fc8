"""The bot dies at any moment, and in the end each question has one answer."""

import secrets
from pathlib import Path

import pytest

from tests.chaos.soak import soak
from tests.chaos.storm import storm

KILLS = 60
MENTIONS = 640


@pytest.mark.timeout(400)
async def test_every_question_has_one_end_whatever_dies_in_between(tmp_path: Path) -> None:
    """A bot that answers twice after a hiccup, or is silent after a restart, is not trusted again."""
    report = await storm(tmp_path, KILLS, seed=secrets.randbelow(1_000_000))
    print(report)
    assert report.problems == [], f"\n{report}"
    assert report.kills.total() >= KILLS
    assert report.questions > KILLS


@pytest.mark.timeout(400)
async def test_bad_weather_leaves_nothing_behind(tmp_path: Path) -> None:
    """A bot that keeps a little of every mention fills the small machine that it was installed on and forgotten."""
    report = await soak(tmp_path, MENTIONS, seed=secrets.randbelow(1_000_000))
    print(report)
    assert report.problems == [], f"\n{report}"
    assert report.mentions == MENTIONS
