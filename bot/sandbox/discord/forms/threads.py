"""These functions check the fields by which a bot opens or changes a thread.

Sources: Discord's documentation, Channel ("Start Thread ...", "Modify Channel"); OpenAPI document
(CreateForumThreadRequest, UpdateThreadRequestPartial).
"""

from dataclasses import dataclass, field

from bot.sandbox.discord.forms.checks import bad_length, check_list, check_number
from bot.sandbox.discord.forms.reading import REQUIRED, Reader
from bot.sandbox.wire import as_list

MAX_NAME = 100
MAX_TAGS = 5
MAX_SLOWMODE = 21600
"""Seconds."""
ARCHIVE_MINUTES = (60, 1440, 4320, 10080)
DAY = 1440


@dataclass(frozen=True, slots=True)
class ThreadForm:
    """A new thread. Its `slowmode` is the parent's setting if it is None."""

    name: str
    archive_minutes: int = DAY
    slowmode: int | None = None
    invitable: bool = True
    tags: list[int] = field(default_factory=list[int])


def read_thread_form(reader: Reader) -> ThreadForm:
    """Check the fields of a new thread; faults are collected in the reader."""
    return ThreadForm(
        name=check_name(reader, required=True) or "",
        archive_minutes=check_archive_minutes(reader) or DAY,
        slowmode=check_slowmode(reader),
        invitable=reader.flag("invitable", default=True),
        tags=check_tag_ids(reader) or [],
    )


def check_name(reader: Reader, *, required: bool = False) -> str | None:
    """Check a name of 1 to 100 characters."""
    name = reader.text("name", MAX_NAME)
    if name is None and required:
        reader.wrong("name", REQUIRED)
    elif name is not None and not 1 <= len(name) <= MAX_NAME:
        reader.wrong("name", bad_length(1, MAX_NAME))
    return name


def check_archive_minutes(reader: Reader) -> int | None:
    """Check the minutes without activity after which a thread is archived."""
    if reader.body.get("auto_archive_duration") is None:
        return None
    minutes = reader.integer("auto_archive_duration")
    if minutes not in ARCHIVE_MINUTES:
        text = f"Value must be one of {ARCHIVE_MINUTES}."
        reader.wrong("auto_archive_duration", ("BASE_TYPE_CHOICES", text))
    return minutes


def check_slowmode(reader: Reader, key: str = "rate_limit_per_user") -> int | None:
    """Check a slow mode's seconds; an explicit null is 0."""
    if key not in reader.body:
        return None
    return check_number(reader, key, 0, MAX_SLOWMODE, 0)


def check_tag_ids(reader: Reader) -> list[int] | None:
    """Check the tags of a post in a forum."""
    listed = as_list(reader.body.get("applied_tags"))
    if listed is None:
        return None
    check_list(reader, "applied_tags", 0, MAX_TAGS)
    return [int(one) if isinstance(one, int | str) and str(one).isdecimal() else -1 for one in listed]
