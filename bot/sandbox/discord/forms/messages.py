"""`read_message_form` checks a request that creates or edits a message, as strictly as Discord does.

Sources: Discord's documentation, "Create Message", "Attachment Request Structure" and "Allowed Mentions Object"; a
message's 2000 characters are code points, and content is trimmed before any other check. The code for a nonce that is
too long or of a wrong type has no source. Polls, stickers and themes, which here the bot lacks, are refused.
"""

from dataclasses import dataclass, field

from bot.sandbox.discord.forms.embeds import read_embeds
from bot.sandbox.discord.forms.layouts import read_components
from bot.sandbox.discord.forms.reading import BAD_STRING, REQUIRED, Reader, number_fault, too_long
from bot.sandbox.discord.world.errors import ApiError
from bot.sandbox.discord.world.media import Poll, Recording, Sticker
from bot.sandbox.snowflakes import MAX_SNOWFLAKE
from bot.sandbox.wire import Json

MAX_CONTENT = 2000
"""Code points in a bot's message."""
MAX_TYPED = 4000
"""Characters in a message of a person who pays for Nitro."""
MAX_NONCE = 25
MAX_FILES = 10
MAX_ALLOWED_IDS = 100
MAX_FILE_TEXT = 1024

_KINDS = frozenset({"users", "roles", "everyone"})
_FORWARD = 1


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart request: `files[index]`.

    The rest comes from people alone: a voice message has a `recording`; `content_type` and `size` are what Discord says of the
    file where that differs from what its name and its bytes tell.
    """

    index: int
    filename: str
    content: bytes
    recording: Recording | None = None
    content_type: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class AllowedMentions:
    """The users and roles that a message may ping, by kind or by id; by default all that a regular message names."""

    parse: frozenset[str] = _KINDS
    users: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()
    replied_user: bool = True


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """The message that a new one replies to."""

    message_id: int
    channel_id: int | None = None
    fail_if_not_exists: bool = True


@dataclass(frozen=True, slots=True)
class FileEntry:
    """An entry of a form's `attachments`: an upload by its index, or a file that is there already by its id."""

    id: int
    filename: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class MessageForm:
    """A checked request body. None means "not given": an edit leaves that as it is. `given` are the names in the body.

    Stickers and a poll come from people alone.
    """

    content: str | None = None
    embeds: list[Json] | None = None
    components: list[Json] | None = None
    attachments: list[FileEntry] | None = None
    uploads: list[Upload] = field(default_factory=list[Upload])
    allowed_mentions: AllowedMentions | None = None
    reply_to: ReplyTo | None = None
    nonce: str | int | None = None
    enforce_nonce: bool = False
    flags: int = 0
    tts: bool = False
    stickers: tuple[Sticker, ...] = ()
    poll: Poll | None = None
    given: frozenset[str] = frozenset()


def read_message_form(body: Json, uploads: list[Upload]) -> MessageForm:
    """Check a body for creating or editing a message. Raises InvalidFormError, which names every bad field."""
    reader = Reader(body)
    form = MessageForm(
        content="" if "content" in body and body["content"] is None else reader.text("content", MAX_CONTENT),
        embeds=read_embeds(reader),
        components=read_components(reader),
        attachments=_attachments(reader),
        uploads=uploads,
        allowed_mentions=_allowed_mentions(reader),
        reply_to=_reply_to(reader),
        nonce=_nonce(reader),
        enforce_nonce=reader.flag("enforce_nonce"),
        flags=reader.integer("flags"),
        tts=reader.flag("tts"),
        given=frozenset(body),
    )
    _refuse_unknown(reader)
    if len(uploads) > MAX_FILES:
        reader.wrong("attachments", too_long(MAX_FILES))
    reader.done()
    return form


def _refuse_unknown(reader: Reader) -> None:
    stickers = reader.items("sticker_ids", 3)
    for key in ("poll", "shared_client_theme"):
        if reader.body.get(key) is not None:
            reader.wrong(key, ("SANDBOX_HAS_NONE", "This sandbox has none."))
    reader.done()
    if stickers:
        raise ApiError(400, 50081, "Invalid sticker sent")


def _nonce(reader: Reader) -> str | int | None:
    value: object = reader.body.get("nonce")
    if value is None or isinstance(value, str):
        reader.text("nonce", MAX_NONCE)
        return value
    fault = number_fault(value, "int", -MAX_SNOWFLAKE - 1, MAX_SNOWFLAKE)
    if not isinstance(value, int) or fault is not None:
        reader.wrong("nonce", fault or BAD_STRING)
        return None
    return value


def _reply_to(reader: Reader) -> ReplyTo | None:
    inner = reader.inner("message_reference")
    if inner is None:
        return None
    if inner.integer("type") == _FORWARD:
        inner.wrong("type", ("SANDBOX_HAS_NONE", "In this sandbox people alone forward."))
    message_id = inner.snowflake("message_id")
    if message_id is None:
        inner.wrong("message_id", REQUIRED)
    inner.snowflake("guild_id")
    return ReplyTo(
        message_id or 0,
        inner.snowflake("channel_id"),
        fail_if_not_exists=inner.flag("fail_if_not_exists", default=True),
    )


def _allowed_mentions(reader: Reader) -> AllowedMentions | None:
    inner = reader.inner("allowed_mentions")
    if inner is None:
        return None
    kinds = [str(kind) for kind in inner.items("parse", MAX_ALLOWED_IDS) or [] if kind is not None]
    for index, kind in enumerate(kinds):
        if kind not in _KINDS:
            choices = "('users', 'roles', 'everyone')"
            inner.wrong(f"parse.{index}", ("BASE_TYPE_CHOICES", f"Value must be one of {choices}."))
    listed = {key: inner.snowflakes(key, MAX_ALLOWED_IDS) for key in ("users", "roles")}
    for key, ids in listed.items():
        if ids and key in kinds:
            text = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            reader.wrong("allowed_mentions", ("MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text))
    return AllowedMentions(
        parse=frozenset(kinds),
        users=frozenset(listed["users"]),
        roles=frozenset(listed["roles"]),
        replied_user=inner.flag("replied_user"),
    )


def _attachments(reader: Reader) -> list[FileEntry] | None:
    """Read the list of files that the message shall have. A new one's name stands there or on the file itself."""
    entries = reader.objects("attachments", MAX_FILES)
    if entries is None:
        return None
    files: list[FileEntry] = []
    for index, entry in enumerate(entries):
        inner = reader.child(f"attachments.{index}", entry)
        file_id = inner.snowflake("id")
        if file_id is None:
            inner.wrong("id", REQUIRED)
            continue
        files.append(
            FileEntry(file_id, inner.text("filename", MAX_FILE_TEXT), inner.text("description", MAX_FILE_TEXT))
        )
    return files
