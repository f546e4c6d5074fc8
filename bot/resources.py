"""The resources that `bot.app` opens and closes, and of which `bot.wiring` builds the bot."""

from dataclasses import dataclass

from bot.chat.ports.store import Store
from bot.export.temporary_folder import TemporaryFolder
from bot.gateway.client import ParleyClient
from bot.gateway.clock import DiscordClock
from bot.gateway.owner_alerts import OwnerAlerts
from bot.providers import Providers
from bot.reply.pace import Pace


@dataclass(frozen=True, slots=True)
class Resources:
    """The open store, providers and Discord client of a running bot, the pace of its edits, and the time on Discord."""

    store: Store
    providers: Providers
    client: ParleyClient
    alerts: OwnerAlerts
    exports: TemporaryFolder
    pace: Pace
    clock: DiscordClock
