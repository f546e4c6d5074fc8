"""`Channel` is a text, announcement, voice, forum or media channel, a category, a thread or a direct message."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag

from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.users import User


class Kind(IntEnum):
    """Discord's channel types."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15
    MEDIA = 16


THREADS = frozenset({Kind.ANNOUNCEMENT_THREAD, Kind.PUBLIC_THREAD, Kind.PRIVATE_THREAD})
FORUMS = frozenset({Kind.FORUM, Kind.MEDIA})
"""Channels of posts: each is a thread, and nothing is written in the channel itself."""
VOICES = frozenset({Kind.VOICE, Kind.STAGE})


class ChannelFlag(IntFlag):
    """Discord's channel flags that occur here."""

    NONE = 0
    PINNED = 1 << 1
    REQUIRE_TAG = 1 << 4


@dataclass(slots=True)
class Overwrite:
    """The permissions that a channel grants to one role or member, and those that it denies."""

    target_id: int
    is_member: bool
    allow: Permission = Permission.NONE
    deny: Permission = Permission.NONE


@dataclass(frozen=True, slots=True)
class Tag:
    """A mark for posts in a forum; only moderators may give a moderated one to a post."""

    id: int
    name: str
    moderated: bool = False
    emoji: str | None = None


@dataclass(eq=False, slots=True)
class Thread:
    """The fields that a thread has beside those of any channel.

    `turned_at` is when it was last archived or opened, or given another time to be archived after. `sent` counts the
    messages ever sent, `kept` those that are left; the first message of a post in a forum counts as neither.
    """

    owner: User
    created_at: datetime
    turned_at: datetime
    joined: dict[int, datetime] = field(default_factory=dict[int, datetime])
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    auto_archive_minutes: int = 1440
    applied_tags: list[int] = field(default_factory=list[int])
    sent: int = 0
    kept: int = 0


@dataclass(eq=False, slots=True)
class Channel:
    """An object with a channel id. `guild` is None for a direct message, `recipients` is empty for every other kind.

    `slowmode` is in seconds, `thread_slowmode` is the slow mode that new threads begin with; `tags` are a forum's. `followers`
    get what is published in an announcement channel.
    """

    id: int
    kind: Kind
    name: str = ""
    guild: Guild | None = None
    parent: "Channel | None" = None
    position: int = 0
    topic: str | None = None
    nsfw: bool = False
    slowmode: int = 0
    thread_slowmode: int = 0
    flags: ChannelFlag = ChannelFlag.NONE
    tags: list[Tag] = field(default_factory=list[Tag])
    overwrites: dict[int, Overwrite] = field(default_factory=dict[int, Overwrite])
    recipients: list[User] = field(default_factory=list[User])
    thread: Thread | None = None
    last_message_id: int | None = None
    last_pin_at: datetime | None = None
    followers: "list[Channel]" = field(default_factory=list["Channel"])

    @property
    def base(self) -> "Channel":
        """The channel whose overwrites and age restriction hold here: a thread's parent, else the channel itself."""
        return self if self.thread is None or self.parent is None else self.parent

    @property
    def mention(self) -> str:
        """The text that links to this channel."""
        return f"<#{self.id}>"
