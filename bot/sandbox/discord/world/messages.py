"""`Message` keeps a message as it stands now, with its attachments, its mentions and the interaction that it answers."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag

from bot.sandbox.clock import monotonic
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.guilds import Role
from bot.sandbox.discord.world.media import Poll, Recording, Sticker
from bot.sandbox.discord.world.users import User
from bot.sandbox.wire import Json


class MessageType(IntEnum):
    """Discord's message types that occur here."""

    DEFAULT = 0
    RECIPIENT_ADD = 1
    RECIPIENT_REMOVE = 2
    CHANNEL_NAME_CHANGE = 4
    CHANNEL_PINNED_MESSAGE = 6
    USER_JOIN = 7
    GUILD_BOOST = 8
    GUILD_BOOST_TIER_1 = 9
    GUILD_BOOST_TIER_2 = 10
    GUILD_BOOST_TIER_3 = 11
    CHANNEL_FOLLOW_ADD = 12
    THREAD_CREATED = 18
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    THREAD_STARTER_MESSAGE = 21
    GUILD_INVITE_REMINDER = 22
    CONTEXT_MENU_COMMAND = 23
    AUTO_MODERATION_ACTION = 24
    ROLE_SUBSCRIPTION_PURCHASE = 25
    INTERACTION_PREMIUM_UPSELL = 26
    STAGE_START = 27
    STAGE_END = 28
    STAGE_SPEAKER = 29
    STAGE_TOPIC = 31
    GUILD_APPLICATION_PREMIUM_SUBSCRIPTION = 32
    GUILD_INCIDENT_ALERT_MODE_ENABLED = 36
    GUILD_INCIDENT_ALERT_MODE_DISABLED = 37
    GUILD_INCIDENT_REPORT_RAID = 38
    GUILD_INCIDENT_REPORT_FALSE_ALARM = 39
    POLL_RESULT = 46


WRITTEN = frozenset(
    {MessageType.DEFAULT, MessageType.REPLY, MessageType.CHAT_INPUT_COMMAND, MessageType.CONTEXT_MENU_COMMAND}
)
"""The types of messages that somebody, or a bot, wrote."""

SYSTEM = frozenset(MessageType) - WRITTEN
"""The types of messages that nobody wrote: they cannot be edited or replied to."""


LASTING = frozenset(
    {
        MessageType.RECIPIENT_ADD,
        MessageType.RECIPIENT_REMOVE,
        MessageType.CHANNEL_NAME_CHANGE,
        MessageType.THREAD_STARTER_MESSAGE,
    }
)
"""The types of messages that cannot be deleted (Discord's documentation, "Message Types")."""


class MessageFlag(IntFlag):
    """Discord's message flags that occur here."""

    NONE = 0
    CROSSPOSTED = 1 << 0
    IS_CROSSPOST = 1 << 1
    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_VOICE_MESSAGE = 1 << 13
    HAS_SNAPSHOT = 1 << 14
    IS_COMPONENTS_V2 = 1 << 15


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on a message, with its bytes.

    `size` is an image's width and height, `recording` is a voice message's. `declared_size` is told in the place of the true
    number of bytes.
    """

    id: int
    filename: str
    content: bytes = field(repr=False)
    content_type: str
    description: str | None = None
    size: tuple[int, int] | None = None
    recording: Recording | None = None
    declared_size: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A message's pointer to another one, which may be deleted by now; a forward has its own copy of it.

    `message_id` is 0 where it points to a channel: at the start of following an announcement channel.
    """

    message_id: int
    channel_id: int
    guild_id: int | None
    forward: bool = False


@dataclass(frozen=True, slots=True)
class Mentions:
    """The users and roles that a message pings."""

    users: tuple[User, ...] = ()
    roles: tuple[Role, ...] = ()
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """The interaction that a message answers.

    `command` is the whole name of the command that was run, `opened_by` the interaction whose response was the
    submitted modal.
    """

    interaction_id: int
    kind: int
    user: User
    command: str | None = None
    target: User | int | None = None
    interacted_message_id: int | None = None
    original_response_id: int | None = None
    opened_by: "Origin | None" = None


@dataclass(eq=False, slots=True)
class Message:
    """A message as it stands now: an edit changes it in place.

    `webhook_id` is that of the webhook that posted it. `seen_by` is the one person who sees an ephemeral message. `snapshot` is
    what a forward holds: the message as it was. `at` is the monotonic time of its arrival.
    """

    id: int
    channel: Channel
    author: User
    created_at: datetime
    content: str = ""
    type: MessageType = MessageType.DEFAULT
    flags: MessageFlag = MessageFlag.NONE
    embeds: list[Json] = field(default_factory=list[Json])
    components: list[Json] = field(default_factory=list[Json])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    stickers: tuple[Sticker, ...] = ()
    poll: Poll | None = None
    mentions: Mentions = Mentions()
    reference: Reference | None = None
    snapshot: "Message | None" = None
    origin: Origin | None = None
    seen_by: User | None = None
    reactions: dict[str, list[User]] = field(default_factory=dict[str, list[User]])
    nonce: str | int | None = None
    tts: bool = False
    pinned: bool = False
    webhook_id: int | None = None
    edited_at: datetime | None = None
    deleted: bool = False
    at: float = field(default_factory=monotonic)

    @property
    def ephemeral(self) -> bool:
        """True if one person alone sees it."""
        return self.seen_by is not None

    @property
    def loading(self) -> bool:
        """True while it is the "thinking" of a deferred response."""
        return bool(self.flags & MessageFlag.LOADING)

    @property
    def files(self) -> dict[str, bytes]:
        """The attachments' bytes by file name."""
        return {attachment.filename: attachment.content for attachment in self.attachments}
