"""The port that tells the operator of a failure that only the operator can mend."""

from enum import StrEnum
from typing import Final, Protocol

from bot.errors import (
    IntentsRefused,
    ModelKeyRejected,
    ModelNotAllowed,
    ModelNotLoaded,
    ModelQuotaSpent,
    ModelUnknown,
    ParleyError,
    StoreDamaged,
    StoreFull,
)


class Alert(StrEnum):
    """The kinds of failures that the operator hears of. The values are stored, so they never change."""

    QUOTA_SPENT = "quota_spent"
    KEY_REJECTED = "key_rejected"
    MODEL_GONE = "model_gone"
    MODEL_ENDS = "model_ends"
    DISK_FULL = "disk_full"
    DATABASE_DAMAGED = "database_damaged"
    TOKEN_AT_RISK = "token_at_risk"  # noqa: S105 -- no secret
    INTENTS_MISSING = "intents_missing"


_BY_ERROR: Final[tuple[tuple[type[ParleyError], Alert], ...]] = (
    (ModelQuotaSpent, Alert.QUOTA_SPENT),
    (ModelKeyRejected, Alert.KEY_REJECTED),
    (ModelUnknown, Alert.MODEL_GONE),
    (ModelNotAllowed, Alert.MODEL_GONE),
    (ModelNotLoaded, Alert.MODEL_GONE),
    (StoreFull, Alert.DISK_FULL),
    (StoreDamaged, Alert.DATABASE_DAMAGED),
    (IntentsRefused, Alert.INTENTS_MISSING),
)


class Alerts(Protocol):
    """Tells the operator of failures. The method returns at once and raises nothing."""

    def tell(self, alert: Alert) -> None:
        """Tell the operator of a failure of this kind, unless that was done today (UTC)."""
        ...


class _NoAlerts:
    def tell(self, alert: Alert) -> None:
        """Tell nobody."""


NO_ALERTS: Final[Alerts] = _NoAlerts()
"""Tells nobody: for commands that an operator looks at."""


def tell_of(error: ParleyError, alerts: Alerts) -> None:
    """Tell the operator of an error if it is of a kind that only the operator can mend."""
    for kind, alert in _BY_ERROR:
        if isinstance(error, kind):
            alerts.tell(alert)
            return
