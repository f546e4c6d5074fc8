"""The configuration: typed settings from a TOML file, `.env` and the environment, checked all at once.

`load` reads and checks it, `draft` only reads it. `Current` holds settings that may be replaced while the bot runs, as `follow`
does when the configuration changes.
"""

from bot.config.current import Current
from bot.config.draft import Draft, draft, load
from bot.config.models import DEFAULT, ModelSettings, chain
from bot.config.personas import PersonaSettings
from bot.config.reload import Source, follow
from bot.config.settings import (
    DISCORD_API,
    LAST,
    NONE,
    AccessSettings,
    AlertSettings,
    AnswerSettings,
    Buttons,
    ChatSettings,
    DiscordSettings,
    FileSettings,
    LimitSettings,
    RecoverySettings,
    Settings,
    ShutdownSettings,
    TranscriptionSettings,
    is_openai,
)

__all__ = [
    "DEFAULT",
    "DISCORD_API",
    "LAST",
    "NONE",
    "AccessSettings",
    "AlertSettings",
    "AnswerSettings",
    "Buttons",
    "ChatSettings",
    "Current",
    "DiscordSettings",
    "Draft",
    "FileSettings",
    "LimitSettings",
    "ModelSettings",
    "PersonaSettings",
    "RecoverySettings",
    "Settings",
    "ShutdownSettings",
    "Source",
    "TranscriptionSettings",
    "chain",
    "draft",
    "follow",
    "is_openai",
    "load",
]
