"""Takes over a changed configuration while the bot runs.

The file is looked at every two seconds, and at once when `Source.asked` is set, as SIGHUP does. A changed file is read when two
looks in a row find it the same, so that a file which is still being written is not read. A configuration with problems, or a file
that is gone, changes nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast

from bot.config.current import Current
from bot.config.draft import load
from bot.config.settings import Section, Settings
from bot.errors import ConfigError

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0
NEEDS_RESTART: Final = frozenset(
    {
        "discord.token",
        "discord.api_base",
        "history.path",
        "limits.model_requests",
        "limits.user_requests",
        "model.base_url",
        "model.api_key",
        "model.dialect",
        "model.extra",
        "model.context_tokens",
        "model.first_token_seconds",
        "model.silence_seconds",
        "model.vision",
        "transcription.model",
        "transcription.base_url",
        "transcription.api_key",
    }
)
"""The settings that are only read at the start: those of the connections to Discord, the model's server, and the database."""

Apply = Callable[[Settings], Awaitable[None]]
"""Takes settings over as a whole. Raises ConfigError, and changes nothing, where they do not fit together."""
Stamp = tuple[int, int, int] | None
"""The time of a file's last change in nanoseconds, its size and its inode; None where there is none."""


class Source:
    """Where the configuration is read from; see `draft.draft` for the arguments. `asked` is set to have it read again at once."""

    def __init__(self, path: Path | None = None, environ: Mapping[str, str] | None = None) -> None:
        self._path = path
        self._environ = environ
        self.asked = asyncio.Event()
        self.file = path or Path("config.toml")
        self.read_stamp: Stamp = None
        """The stamp that the file had right before it was last read."""

    def read(self) -> Settings:
        """Read and check the configuration. Raises ConfigError with every problem found."""
        self.read_stamp = self.stamp()
        return load(self._path, self._environ)

    def stamp(self) -> Stamp:
        """Return the stamp of the file as it is now."""
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


async def follow(source: Source, current: Current[Settings], apply: Apply, look_seconds: float = LOOK_SECONDS) -> None:
    """Take over each change of the configuration since it was read, until cancelled."""
    looks = Looks(source.read_stamp)
    while True:
        asked = await _asked(source.asked, look_seconds)
        stamp = await asyncio.to_thread(source.stamp)
        is_gone = stamp is None and looks.taken is not None
        if not looks.is_due(stamp, asked=asked):
            continue
        if is_gone:
            log.error("%s is gone: I go on with the settings that I have", source.file)
        else:
            await _take_over(source, current, apply, asked=asked)


class Looks:
    """Decides at each look whether the file is to be read: when it differs from the file that was read, and two looks agree."""

    def __init__(self, stamp: Stamp) -> None:
        self.taken: Stamp = stamp
        self._seen: Stamp = stamp

    def is_due(self, stamp: Stamp, *, asked: bool = False) -> bool:
        """Return whether the file is to be read now; then it counts as read. `asked`: whatever it looks like."""
        due = asked or (stamp != self.taken and stamp == self._seen)
        self._seen = stamp
        if due:
            self.taken = stamp
        return due


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
        if at_once := [key for key in changed if key not in NEEDS_RESTART]:
            await apply(_keeping(current.value, found, waiting))
    except ConfigError as error:
        for problem in error.problems:
            log.error("the changed configuration is not taken over: %s", problem)  # noqa: TRY400 -- it says it all
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
    sections: dict[str, Section] = {}
    for path in keys:
        name, _, key = path.partition(".")
        section: Section = sections.get(name) or getattr(after, name)
        sections[name] = section.model_copy(update={key: getattr(getattr(before, name), key)})
    return after.model_copy(update=sections)
