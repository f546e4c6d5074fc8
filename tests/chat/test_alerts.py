"""Which errors the operator hears of."""

import pytest

from bot.chat.ports.alerts import NO_ALERTS, Alert, tell_of
from bot.errors import (
    IntentsRefused,
    ModelBusy,
    ModelKeyRejected,
    ModelNotAllowed,
    ModelNotLoaded,
    ModelQuotaSpent,
    ModelRejected,
    ModelUnknown,
    ParleyError,
    StoreDamaged,
    StoreError,
    StoreFull,
)
from tests.chat.house import House
from tests.fakes.alerts import MemoryAlerts
from tests.fakes.model import ScriptedModel


@pytest.mark.parametrize(
    ("error", "alerts"),
    [
        (ModelQuotaSpent("x"), [Alert.QUOTA_SPENT]),
        (ModelKeyRejected("x"), [Alert.KEY_REJECTED]),
        (ModelUnknown("x"), [Alert.MODEL_GONE]),
        (ModelNotAllowed("x"), [Alert.MODEL_GONE]),
        (ModelNotLoaded("x"), [Alert.MODEL_GONE]),
        (StoreFull("x"), [Alert.DISK_FULL]),
        (StoreDamaged("x"), [Alert.DATABASE_DAMAGED]),
        (IntentsRefused("x"), [Alert.INTENTS_MISSING]),
        (ModelBusy("x"), []),
        (ModelRejected("x"), []),
        (StoreError("x"), []),
    ],
)  # rows of a table # fmt: skip
def test_errors_that_only_the_operator_can_mend_are_told(error: ParleyError, alerts: list[Alert]) -> None:
    """Each error that only the operator can mend is told by its kind, and no other."""
    operator = MemoryAlerts()
    tell_of(error, operator)
    tell_of(error, NO_ALERTS)
    assert operator.told == alerts


async def test_the_caller_tells_of_an_error_that_it_gives_up_with() -> None:
    """An error that ends a question is told to the operator."""
    house = House(model=ScriptedModel([[ModelQuotaSpent("spent")]]))
    await house.answered(1)
    assert house.alerts.told == [Alert.QUOTA_SPENT]
