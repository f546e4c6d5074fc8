"""The owner's alerts: one a day, also over restarts and failures in between."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.chat.ports.alerts import Alert
from bot.chat.ports.facts import Facts
from bot.config import AlertSettings, Current
from bot.errors import StoreError
from bot.gateway.owner_alerts import OwnerAlerts
from bot.gateway.texts import ALERTS
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State
from tests.gateway.conftest import Town

_DAY_MS = 86_400_000
_MIDNIGHT = 20_000 * _DAY_MS
_APPLICATION = "/oauth2/applications/@me"


class Operator:
    """A bot's alerts on a town's Discord, at a time of its own; its starts share what is stored."""

    def __init__(self, town: Town) -> None:
        self.now = _MIDNIGHT
        self.facts: Facts = MemoryFacts(State())
        self._town = town

    @asynccontextmanager
    async def started(self) -> AsyncGenerator[OwnerAlerts]:
        """One start of the bot."""
        alerts = OwnerAlerts(Current(AlertSettings()))
        async with alerts.delivered(self._town.client, self.facts, lambda: self.now):
            yield alerts

    async def told(self) -> list[str]:
        """Return the letters that the owner has read."""
        discord = self._town.box.discord
        return [message.content for message in discord.messages(await discord.owner.dm())]


@pytest.fixture
def operator(town: Town) -> Operator:
    """The operator of a client that is logged in."""
    return Operator(town)


class FullDisk:
    """Facts of which none can be stored or read."""

    async def recall(self, key: str) -> str | None:
        """Fail."""
        raise StoreError(f"no {key}")

    async def remember(self, key: str, value: str) -> None:
        """Fail."""
        raise StoreError(f"no {key}: {value}")


async def told(alerts: OwnerAlerts, alert: Alert, times: int = 1) -> None:
    """Tell of a failure some times and wait until each was dealt with."""
    for _ in range(times):
        alerts.tell(alert)
        await alerts.drain(30)


async def test_an_alert_is_told_again_on_the_next_day(operator: Operator) -> None:
    """An alert is told once until midnight UTC, over all starts, and once more after it."""
    async with operator.started() as alerts:
        await told(alerts, Alert.DISK_FULL, 3)
    operator.now += _DAY_MS - 1
    async with operator.started() as alerts:
        await told(alerts, Alert.DISK_FULL, 3)
    assert await operator.told() == [ALERTS[Alert.DISK_FULL]]
    operator.now += 1
    async with operator.started() as alerts:
        await told(alerts, Alert.DISK_FULL, 3)
    assert await operator.told() == [ALERTS[Alert.DISK_FULL]] * 2


async def test_every_kind_has_a_message(operator: Operator) -> None:
    """Each kind is told in one message that Discord takes, and what was told together comes together."""
    async with operator.started() as alerts:
        for alert in Alert:
            alerts.tell(alert)
    assert sorted(await operator.told()) == sorted(ALERTS[alert] for alert in Alert)


async def test_an_alert_that_was_told_before_the_login_waits_for_it(town: Town, operator: Operator) -> None:
    """An alert is kept until the bot is logged in."""
    alerts = OwnerAlerts(Current(AlertSettings()))
    alerts.tell(Alert.DATABASE_DAMAGED)
    async with alerts.delivered(town.client, operator.facts, lambda: operator.now):
        await alerts.drain(30)
    assert await operator.told() == [ALERTS[Alert.DATABASE_DAMAGED]]


async def test_a_crash_behind_the_message_makes_at_most_one_more(town: Town, operator: Operator) -> None:
    """A day that was not stored makes the next start send again: Discord drops that within minutes, and shows it later."""
    operator.facts = FullDisk()
    async with operator.started() as alerts:
        await told(alerts, Alert.DISK_FULL, 3)
    async with operator.started() as alerts:
        await told(alerts, Alert.DISK_FULL, 3)
    assert await operator.told() == [ALERTS[Alert.DISK_FULL]]
    town.box.discord.world.nonces.clear()
    async with operator.started() as alerts:
        await told(alerts, Alert.DISK_FULL, 3)
    assert await operator.told() == [ALERTS[Alert.DISK_FULL]] * 2


async def test_what_failed_is_tried_again_ten_minutes_later(
    town: Town, operator: Operator, caplog: pytest.LogCaptureFixture
) -> None:
    """A failure of Discord's, of any kind, is logged once and not repeated for ten minutes, however often an alert is told."""
    discord = town.box.discord
    discord.garbles("GET", _APPLICATION)
    async with operator.started() as alerts:
        with caplog.at_level(logging.ERROR):
            await told(alerts, Alert.MODEL_GONE, 3)
        operator.now += 599_999
        await told(alerts, Alert.MODEL_GONE)
        assert len(caplog.records) == 1
        assert await operator.told() == []
        operator.now += 1
        await told(alerts, Alert.MODEL_GONE)
    assert await operator.told() == [ALERTS[Alert.MODEL_GONE]]


async def test_alerts_that_are_turned_off_while_the_bot_runs_are_not_told(town: Town, operator: Operator) -> None:
    """The setting is read at each alert."""
    settings = Current(AlertSettings(owner=False))
    alerts = OwnerAlerts(settings)
    async with alerts.delivered(town.client, operator.facts, lambda: operator.now):
        await told(alerts, Alert.MODEL_GONE)
        assert await operator.told() == []
        settings.value = AlertSettings()
        await told(alerts, Alert.MODEL_GONE)
    assert await operator.told() == [ALERTS[Alert.MODEL_GONE]]
