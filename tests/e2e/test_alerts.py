"""The application's owner hears of failures that only an operator can mend, by one direct message for each kind and day."""

import asyncio
from datetime import timedelta

import pytest

from bot.chat.ports.alerts import Alert
from bot.errors import IntentsRefused, ModelKeyRejected, ModelQuotaSpent, StoreError
from bot.gateway.texts import ALERTS
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running

_DMS = "/users/@me/channels"
_WORDS = "PROVIDER words about sk-secret"


async def letters(town: Town) -> list[str]:
    """Return the letters of the bot to the owner."""
    return [message.content for message in town.box.discord.messages(await town.box.discord.owner.dm())]


async def asks(town: Town, text: str, answer: str) -> None:
    """Ask something in the channel and wait for the answer."""
    question = await town.alice.says(town.general, f"@Parley {text}")
    await town.box.bot.answers(question, containing=answer)


def spends_the_account(town: Town) -> None:
    """Let the model refuse everything because its account is used up."""
    town.box.model.fails(429, code="insufficient_quota", message=_WORDS, times=None)


async def runs_until_its_database_is_gone(town: Town) -> None:
    """Run the bot and delete its database; raises the error that ends it."""
    async with running(town.box, town.folder) as bot:
        (town.folder / "history.db").unlink()
        await asyncio.wait({bot.task})


async def closed_for_good(town: Town, code: int) -> None:
    """Run the bot until Discord closes its connection with a code; raises the error that ends it."""
    async with running(town.box, town.folder) as bot:
        await town.box.discord.drops_gateway(code)
        await asyncio.wait({bot.task})


@pytest.mark.parametrize(
    ("status", "code", "alert"),
    [
        (429, "insufficient_quota", Alert.QUOTA_SPENT),
        (401, "invalid_api_key", Alert.KEY_REJECTED),
        (404, "model_not_found", Alert.MODEL_GONE),
    ],
)  # rows of a table # fmt: skip
async def test_the_owner_is_told_what_is_wrong_with_the_model(
    town: Town, bot: Bot, status: int, code: str, alert: Alert
) -> None:
    """Many failures of one kind make one message to the owner, in our own words alone."""
    town.box.model.fails(status, code=code, message=_WORDS, times=None)
    for number in range(3):
        await asks(town, f"my secret {number}", "Whoever runs me")
    await bot.logs(f"the owner was told ({alert})")
    await bot.stop()
    assert await letters(town) == [ALERTS[alert]]


async def test_each_kind_has_its_own_message_and_a_restart_repeats_none(town: Town) -> None:
    """Another kind of failure on the same day is told too; after a restart none is told again."""
    async with running(town.box, town.folder) as bot:
        spends_the_account(town)
        await asks(town, "one", ModelQuotaSpent.public)
        await bot.logs("the owner was told (quota_spent)")
        town.box.model.is_well()
        town.box.model.fails(401, code="invalid_api_key", times=None)
        await asks(town, "two", ModelKeyRejected.public)
        await bot.logs("the owner was told (key_rejected)")
    async with running(town.box, town.folder):
        await asks(town, "three", ModelKeyRejected.public)
        town.box.model.is_well()
        spends_the_account(town)
        await asks(town, "four", ModelQuotaSpent.public)
    assert await letters(town) == [ALERTS[Alert.QUOTA_SPENT], ALERTS[Alert.KEY_REJECTED]]


async def test_the_owner_of_a_team_is_told(town: Town, bot: Bot) -> None:
    """Where a team owns the application, the team's owner gets the message, and no other member."""
    town.box.discord.gives_to_team("Crew", town.bob, town.alice)
    spends_the_account(town)
    await asks(town, "one", ModelQuotaSpent.public)
    await bot.logs("the owner was told")
    assert await letters(town) == [ALERTS[Alert.QUOTA_SPENT]]
    assert town.box.discord.owner.id == town.bob.id
    assert town.box.discord.messages(await town.alice.dm()) == []


async def test_alerts_can_be_turned_off(town: Town) -> None:
    """With `alerts.owner = false` the owner gets no message."""
    async with running(town.box, town.folder, PARLEY_ALERTS__OWNER="false"):
        spends_the_account(town)
        await asks(town, "one", ModelQuotaSpent.public)
    assert await letters(town) == []


async def test_an_owner_who_takes_no_messages_costs_one_line(town: Town, bot: Bot) -> None:
    """An owner who takes no direct messages is noted once in the log, and the asker gets the error as always."""
    town.box.discord.owner.opens_dms(to_strangers=False)
    spends_the_account(town)
    for number in range(3):
        await asks(town, f"{number}", ModelQuotaSpent.public)
    await bot.logs("the owner takes no direct message of mine")
    await bot.stop()
    assert bot.log.count("the owner") == 1
    assert [call.status for call in town.box.discord.calls if call.template == _DMS] == [200]


async def test_an_alert_that_hangs_holds_up_neither_answers_nor_the_stop(town: Town, bot: Bot) -> None:
    """While Discord does not take the message to the owner, questions are answered, and the bot stops in order."""
    town.box.discord.stalls("POST", _DMS, times=None)
    spends_the_account(town)
    await asks(town, "one", ModelQuotaSpent.public)
    town.box.model.is_well()
    town.box.model.replies_with("all is well")
    await asks(town, "two", "all is well")
    await bot.stop()
    assert await letters(town) == []
    assert "Traceback" not in bot.log


async def test_an_alert_that_discord_fails_on_comes_when_its_failure_occurs_again(town: Town) -> None:
    """A message that Discord failed to take is not counted as sent: the next start sends it when the failure occurs again."""
    async with running(town.box, town.folder) as bot:
        town.box.discord.fails("POST", _DMS, 400, code=20000, times=None)
        spends_the_account(town)
        await asks(town, "one", ModelQuotaSpent.public)
        await bot.logs("the owner could not be told yet (quota_spent, HTTPException)")
        await asks(town, "two", ModelQuotaSpent.public)
    assert bot.log.count("the owner") == 1
    town.box.discord.is_well()
    async with running(town.box, town.folder) as bot:
        await asks(town, "three", ModelQuotaSpent.public)
        await bot.logs("the owner was told (quota_spent)")
    assert await letters(town) == [ALERTS[Alert.QUOTA_SPENT]]


async def test_a_token_that_discord_may_reset_is_told(town: Town) -> None:
    """When more than half of the sessions of a day are spent, the owner is told that Discord may reset the token."""
    town.box.discord.gateway.starts.uses(600, reset_after=timedelta(seconds=2))
    async with running(town.box, town.folder) as bot:
        await bot.logs("the owner was told (token_at_risk)")
    assert await letters(town) == [ALERTS[Alert.TOKEN_AT_RISK]]


async def test_a_database_that_is_taken_away_is_told(town: Town) -> None:
    """When the database is deleted under the bot, the owner is told before the bot ends."""
    with pytest.raises(StoreError, match="was deleted"):
        await runs_until_its_database_is_gone(town)
    assert await letters(town) == [ALERTS[Alert.DATABASE_DAMAGED]]


async def test_intents_that_are_missing_are_told_before_the_bot_ends(town: Town) -> None:
    """When Discord closes the connection because an intent is switched off, the owner is told before the bot ends."""
    with pytest.raises(IntentsRefused):
        await closed_for_good(town, 4014)
    assert await letters(town) == [ALERTS[Alert.INTENTS_MISSING]]
