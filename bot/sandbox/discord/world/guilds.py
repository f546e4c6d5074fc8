"""`Guild` keeps the roles and the members of a guild."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.sandbox.clock import Clock
from bot.sandbox.discord.world.keywords import KeywordRule
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.users import User


@dataclass(eq=False, slots=True)
class Role:
    """A role; the one whose id is its guild's is `@everyone`, one with `bot_id` is managed by that bot."""

    id: int
    name: str
    permissions: Permission = Permission.NONE
    position: int = 0
    mentionable: bool = False
    bot_id: int | None = None

    @property
    def mention(self) -> str:
        """The text that mentions this role."""
        return f"<@&{self.id}>"


@dataclass(frozen=True, slots=True)
class Timeout:
    """A time-out of a member, who may only read until it ends."""

    until: datetime
    clock: Clock

    @property
    def lasts(self) -> bool:
        """True until the time-out ends."""
        return self.clock.now() < self.until


@dataclass(eq=False, slots=True)
class Member:
    """A user inside one guild."""

    user: User
    joined_at: datetime
    roles: list[Role] = field(default_factory=list[Role])
    nick: str | None = None
    timeout: Timeout | None = None
    boosts_since: datetime | None = None


@dataclass(eq=False, slots=True)
class Guild:
    """A guild with its roles and members by id; `World` keeps its channels. `unavailable` is set during an outage.

    `premium_tier` is the level that its `boosts` have reached. Joins and boosts are told in the system channel. `keyword_rules`
    are AutoMod's; `harmful_links` are the hosts that Discord's own filter blocks.
    """

    id: int
    name: str
    owner: User
    roles: dict[int, Role] = field(default_factory=dict[int, Role])
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    unavailable: bool = False
    premium_tier: int = 0
    boosts: int = 0
    system_channel_id: int | None = None
    keyword_rules: list[KeywordRule] = field(default_factory=list[KeywordRule])
    harmful_links: set[str] = field(default_factory=set[str])

    @property
    def everyone(self) -> Role:
        """The role that every member has."""
        return self.roles[self.id]

    def managed_role(self, user: User) -> Role | None:
        """Return the role that Discord made for a bot when it joined."""
        return next((role for role in self.roles.values() if role.bot_id == user.id), None)
