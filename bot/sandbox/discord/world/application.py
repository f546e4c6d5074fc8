"""`Application` holds the bot's account and the settings that its owner made in the developer portal."""

from dataclasses import dataclass, field

from bot.sandbox.discord.world.intents import PRIVILEGED, Intent
from bot.sandbox.discord.world.team import Team
from bot.sandbox.discord.world.users import User

_LIMITED_FLAGS = {
    Intent.GUILD_PRESENCES: 1 << 13,
    Intent.GUILD_MEMBERS: 1 << 15,
    Intent.MESSAGE_CONTENT: 1 << 19,
}


@dataclass(eq=False, slots=True)
class Application:
    """One application with its bot. `privileged` are the intents switched on in the portal. A `team` owns it where there is one.

    With `reads_role_mentions`, a mention of the bot's managed role alone shows the content without the privileged
    intent. The documentation only says "mentioned", so the bot must not count on it, and it is off.
    """

    id: int
    bot: User
    owner: User
    token: str
    bot_public: bool = True
    privileged: Intent = field(default=PRIVILEGED)
    reads_role_mentions: bool = False
    description: str = "A chat bot on the sandbox"
    team: Team | None = None

    @property
    def name(self) -> str:
        """The application's name, which is its bot's."""
        return self.bot.name

    @property
    def flags(self) -> int:
        """The public flags that tell which privileged intents are on (the variant for fewer than 100 guilds)."""
        return sum(flag for intent, flag in _LIMITED_FLAGS.items() if intent & self.privileged)
