"""Models that a provider will shut down or has taken away: the operator hears of it before people do."""

import pytest

from bot.chat.ports.alerts import Alert
from bot.gateway.texts import ALERTS
from tests.e2e.conftest import Town
from tests.e2e.process import ended, environment
from tests.e2e.task import running

_NAME = "gpt-6-luna"


async def told(town: Town, alert: Alert) -> None:
    """Wait until the owner has read this alert."""
    channel = await town.box.discord.owner.dm()
    await town.box.until(lambda: any(one.content == ALERTS[alert] for one in town.box.discord.messages(channel)))


async def test_a_model_that_ends_is_told_of_at_the_start(town: Town) -> None:
    """A day of shutdown in the list of models is logged, and the owner is told."""
    town.box.model.shutdowns[_NAME] = "2026-12-11"
    async with running(town.box, town.folder) as bot:
        await bot.logs(f"announces that {_NAME} ends on 2026-12-11")
        await told(town, Alert.MODEL_ENDS)


async def test_a_model_that_is_gone_is_told_of_at_the_start(town: Town) -> None:
    """A model that OpenAI's list does not name is logged, and the owner is told."""
    town.box.model.models.remove(_NAME)
    async with running(town.box, town.folder) as bot:
        await bot.logs(f"does not list {_NAME} any more")
        await told(town, Alert.MODEL_GONE)


@pytest.mark.parametrize("key", ["wrong", None])
async def test_a_list_that_cannot_be_read_changes_nothing(town: Town, key: str | None) -> None:
    """A key that the list refuses, or a server that is away, is a line in the log; the bot goes on."""
    if key is None:
        town.box.model.goes_away()
    async with running(town.box, town.folder, **({"OPENAI_API_KEY": key} if key else {})) as bot:
        await bot.logs("the list of models could not be read")
        assert not bot.task.done()


async def test_check_names_the_end_and_the_prices_of_each_model(town: Town) -> None:
    """`parley check` warns of a model that ends, and says what each model costs."""
    town.box.model.shutdowns["gpt-5.4"] = "2027-04-01"
    tables = {"PARLEY_MODELS__SECOND": '{"name": "gpt-5.4"}'}
    code, printed = await ended("check", environment(town.box, town.folder, **tables), town.folder)
    assert code == 0
    assert "warn  model: " in printed
    assert "announces that gpt-5.4 ends on 2027-04-01: choose another model" in printed
    assert f"ok    prices: {_NAME}: $0.1 read, $0.01 cached, $0.125 written to the cache, $0.5 written" in printed
    assert "ok    prices: gpt-5.4: $2.5 read" in printed


async def test_check_looks_at_every_server(town: Town) -> None:
    """A server that cannot be reached fails the check, and the others have their lines all the same."""
    tables = {
        "PARLEY_MODELS__AWAY": '{"name": "a", "base_url": "http://127.0.0.1:9/v1"}',
        "PARLEY_MODELS__AWAY_TOO": '{"name": "b", "base_url": "http://127.0.0.1:10/v1"}',
    }
    code, printed = await ended("check", environment(town.box, town.folder, **tables), town.folder)
    assert code == 5
    assert printed.count("FAIL  model: http://127.0.0.1:") == 2
    assert f"ok    model: {town.box.model.base_url} answers and offers {_NAME}" in printed
    assert "ok    prices: a: unknown" in printed
