"""Alerts in memory."""

from dataclasses import dataclass, field

from bot.chat.ports.alerts import Alert


@dataclass
class MemoryAlerts:
    """See `Alerts`. `told` are all alerts, in order."""

    told: list[Alert] = field(default_factory=list[Alert])

    def tell(self, alert: Alert) -> None:
        """See the port."""
        self.told.append(alert)
