"""The settings of personas, `[personas.<name>]`, and the texts of system prompts that stand in files of their own."""

import errno
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, cast

from pydantic import Field, StringConstraints

from bot.config import problems as words
from bot.config.cleaning import ENCODING
from bot.config.kinds import OneLine, Parameters, Section, WholeText
from bot.config.models import DEFAULT
from bot.config.names import PERSONAS

_CHAT: Final = "chat"
_FILE: Final = "system_prompt_file"
_TEXT: Final = "system_prompt"
_MOST_BYTES: Final = 1_000_000
"""The largest file of a system prompt; no prompt's budget holds as much."""


class PersonaSettings(Section):
    """A persona: another system prompt, and perhaps another model, that can be chosen for a place."""

    description: Annotated[OneLine, StringConstraints(strip_whitespace=True)] = Field(
        default="",
        max_length=100,
        description="What people read of it where they choose; Discord shows 100 characters.",
    )
    system_prompt: WholeText = Field(default="", description="Its system prompt; that of [chat] when empty.")
    system_prompt_file: OneLine = Field(
        default="", description="A file that holds the system prompt, beside this file; in place of system_prompt."
    )
    model: OneLine = Field(
        default="",
        description='Its model: the name of a table [models.…], or "default"; when empty, that of the place.',
    )
    extra: Parameters = Field(
        default_factory=dict[str, Any], description="Further request parameters; they win over those of the model."
    )


def read_texts(tables: Mapping[str, Any], folder: Path) -> list[str]:
    """Put the texts of the files that raw tables name into the tables, and return the problems. Paths begin at `folder`."""
    problems: list[str] = []
    for path, table in _tables(tables):
        name = str(table.get(_FILE, ""))
        if not name:
            continue
        if table.get(_TEXT):
            problems.append(words.two_prompts(path))
            continue
        try:
            table[_TEXT] = _text_of(folder / name)
        except (OSError, ValueError) as error:  # ValueError: no UTF-8, NUL in the path, or too long
            problems.append(words.prompt_unreadable(path, error))
    return problems


def prompt_files(tables: Mapping[str, Any]) -> list[str]:
    """Return the files from which raw tables take system prompts, as they are named."""
    return [name for _, table in _tables(tables) if (name := str(table.get(_FILE, "")))]


def persona_problems(tables: Mapping[str, Any], models: frozenset[str]) -> list[str]:
    """Return the problems of the names that personas have, and of the models that they name."""
    problems: list[str] = []
    for path, table in _tables(tables):
        if path == f"{PERSONAS}.{DEFAULT}":
            problems.append(words.taken_persona(path))
        model = table.get("model")
        if path != _CHAT and model and isinstance(model, str) and model not in models:
            problems.append(words.unknown_model(f"{path}.model"))
    return problems


def _text_of(file: Path) -> str:
    if file.is_fifo():  # reading it would wait for a writer
        raise OSError(errno.EINVAL, "Is a pipe")
    with file.open("rb") as opened:
        found = opened.read(_MOST_BYTES + 1)
    if len(found) > _MOST_BYTES:
        raise ValueError("too long")
    return found.decode(ENCODING).strip()


def _tables(tables: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(chat := tables.get(_CHAT), dict):
        yield _CHAT, cast("dict[str, Any]", chat)
    personas = tables.get(PERSONAS)
    if isinstance(personas, dict):
        for name, table in cast("dict[str, object]", personas).items():
            if isinstance(table, dict):
                yield f"{PERSONAS}.{name}", cast("dict[str, Any]", table)
