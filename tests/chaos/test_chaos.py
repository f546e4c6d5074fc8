"""The bot dies at any moment, and in the end each question has one answer."""

import secrets
from pathlib import Path

import pytest

from tests.chaos.moments import ROUND, WIRE
from tests.chaos.neighbours import neighbours
from tests.chaos.soak import soak
from tests.chaos.storm import storm

pytestmark = pytest.mark.unmeasured
MENTIONS = 320


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_every_question_has_one_end_whatever_dies_in_between(tmp_path: Path) -> None:
    """After one kill of each kind on the wire, and as many at the store, each question has one answer, stored as it is shown."""
    report = await storm(tmp_path, ROUND, seed=secrets.randbelow(1_000_000))
    print(report)
    assert report.problems == [], f"\n{report}"
    assert len(report.kills) == len(WIRE) + 2
    assert report.kills.total() == ROUND
    assert report.questions > ROUND


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_bad_weather_leaves_nothing_behind(tmp_path: Path) -> None:
    """After mentions in 64 channels and bad weather, the process holds no more tasks, objects or memory than after a few."""
    report = await soak(tmp_path, MENTIONS, seed=secrets.randbelow(1_000_000))
    print(report)
    assert report.problems == [], f"\n{report}"
    assert report.mentions == MENTIONS


async def test_neighbours_that_make_trouble_take_no_answer_from_others(tmp_path: Path) -> None:
    """Beside a poisonous question, a hammerer, endless answers and exports, every question of others is answered."""
    report = await neighbours(tmp_path, 16, seed=secrets.randbelow(1_000_000))
    print(report)
    assert report.problems == [], f"\n{report}"
    assert len(report.alone) == len(report.beside) == 16
    assert report.trouble > 0


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_every_question_has_one_end_while_a_model_fails_by_turns(tmp_path: Path) -> None:
    """With a model that fails by turns and another in its place, each question has one answer, whatever dies in between."""
    report = await storm(tmp_path, 4, seed=secrets.randbelow(1_000_000), by_turns=True)
    print(report)
    assert report.problems == [], f"\n{report}"
    assert report.spare_requests > 0
