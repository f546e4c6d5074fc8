"""Takes over a changed configuration while the bot runs.

The file, and those of system prompts that it names, are looked at every two seconds, and at once when `Source.asked` is set, as
SIGHUP does. Changed files are read when two looks in a row find them the same, so that a file which is still being written is not
read. A configuration with problems, or a file that is gone, changes nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast

from bot.config.current import Current
from bot.config.draft import Draft, draft
from bot.config.settings import Section, Settings
from bot.config.sources import CONFIG
from bot.errors import ConfigError

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0
NEEDS_RESTART: Final = frozenset(
    {
        "discord.token",
        "discord.api_base",
        "discord.proxy",
        "discord.follow_threads",
        "discord.always_channels",
        "history.path",
    }
)
"""The settings that are only read at the start: those of the connection to Discord, and the database."""

Apply = Callable[[Settings], Awaitable[None]]
"""Takes settings over as a whole. Raises ConfigError, and changes nothing, where they do not fit together."""
Stamp = tuple[int, int, int] | None
"""The time of a file's last change in nanoseconds, its size and its inode; None where there is none."""
Stamps = tuple[Stamp, ...]
"""The stamps of the file and, behind it, of the files of system prompts."""


class Source:
    """Where the configuration is read from; see `draft.draft` for the arguments. `asked` is set to have it read again at once."""

    def __init__(self, path: Path | None = None, environ: Mapping[str, str] | None = None) -> None:
        self._path = path
        self._environ = environ
        self.asked = asyncio.Event()
        self.file = path or CONFIG
        self._files = [self.file]
        self.read_stamps: Stamps = (None,)
        """The stamps that the files had right before they were last read."""

    def read(self) -> Settings:
        """Read and check the configuration. Raises ConfigError with every problem found."""
        found = self._read()
        files = [self.file, *(self.file.parent / name for name in found.prompt_files)]
        if files != self._files:
            self._files = files
            found = self._read()
        settings = found.settings()
        found.log_notes()
        return settings

    def _read(self) -> Draft:
        self.read_stamps = self.stamps()
        return draft(self._path, self._environ)

    def stamps(self) -> Stamps:
        """Return the stamps of the files as they are now."""
        return tuple(map(_stamp_of, self._files))


async def follow(source: Source, current: Current[Settings], apply: Apply, look_seconds: float = LOOK_SECONDS) -> None:
    """Take over each change of the configuration since it was read, until cancelled."""
    looks = Looks(source.read_stamps)
    while True:
        asked = await _asked(source.asked, look_seconds)
        stamps = await asyncio.to_thread(source.stamps)
        is_gone = stamps[0] is None and looks.taken[0] is not None
        if not looks.is_due(stamps, asked=asked):
            continue
        if is_gone:
            log.error("%s is gone: I go on with the settings that I have", source.file)
        else:
            await _take_over(source, current, apply, asked=asked)
            looks.taken = source.read_stamps


class Looks:
    """Decides at each look whether the files are to be read: when they differ from those that were read, and two looks agree."""

    def __init__(self, stamps: Stamps) -> None:
        self.taken: Stamps = stamps
        self._seen: Stamps = stamps

    def is_due(self, stamps: Stamps, *, asked: bool = False) -> bool:
        """Return whether the files are to be read now; then they count as read. `asked`: whatever they look like."""
        due = asked or (stamps != self.taken and stamps == self._seen)
        self._seen = stamps
        if due:
            self.taken = stamps
        return due


def _stamp_of(file: Path) -> Stamp:
    try:
        found = file.stat()
    except (OSError, ValueError):  # ValueError: NUL or half a character in the path
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


async def _asked(asked: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asked.wait()
    was_asked = asked.is_set()
    asked.clear()
    return was_asked


async def _take_over(source: Source, current: Current[Settings], apply: Apply, *, asked: bool) -> None:
    """Read the configuration and apply it. Log the keys that changed, or every problem; never a value."""
    try:
        found = await asyncio.to_thread(source.read)
        changed = changed_keys(current.value, found)
        waiting = [key for key in changed if key in NEEDS_RESTART]
        if at_once := [key for key in changed if key not in waiting]:
            await apply(_keeping(current.value, found, waiting))
    except ConfigError as error:
        for problem in error.problems:
            log.error("the changed configuration is not taken over: %s", problem)  # noqa: TRY400 -- the trace may hold values -- it says it all
        return
    except Exception as error:  # noqa: BLE001 -- later changes shall be taken over; the error's text may hold a value
        log.error("the changed configuration is not taken over: this is a defect, report it (%s)", type(error).__name__)  # noqa: TRY400 -- the trace may hold values
        return
    if at_once:
        log.info("the configuration has changed: %s", ", ".join(at_once))
    if waiting:
        log.warning("changed in the configuration, but only read when I start: %s", ", ".join(waiting))
    if asked and not changed:
        log.info("the configuration was read again: nothing has changed")


def changed_keys(before: Settings, after: Settings) -> list[str]:
    """Return the keys, as `section.key`, whose values differ, in the order of the settings."""
    changed: list[str] = []
    for name in Settings.model_fields:
        old, new = _items(getattr(before, name)), _items(getattr(after, name))
        changed += [f"{name}.{key}" for key in {**old, **new} if old.get(key) != new.get(key)]
    return changed


def _items(section: object) -> Mapping[str, Any]:
    """Return the values of a section, or of a table of tables, by key."""
    if isinstance(section, Section):
        return {key: getattr(section, key) for key in type(section).model_fields}
    return cast("Mapping[str, Any]", section)


def _keeping(before: Settings, after: Settings, keys: list[str]) -> Settings:
    """Return the settings `after` with the values of `before` for these keys."""
    sections: dict[str, Any] = {}
    for path in keys:
        name, _, key = path.partition(".")
        section: Section = sections.get(name) or getattr(after, name)
        sections[name] = section.model_copy(update={key: getattr(getattr(before, name), key)})
    return after.model_copy(update=sections)
