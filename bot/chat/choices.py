"""Choices: what people chose for a place in Discord, in place of what the configuration says.

A choice holds for a scope: one conversation, a thread or channel, a category of channels, or a server. Of several, the nearest to
the conversation holds. A thread inherits from its channel. Times are milliseconds since 1970 UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.chat.places import Place, PlaceKind


class Scope(StrEnum):
    """The kind of thing that a choice holds for. A place is a thread, a channel, or a direct message."""

    CONVERSATION = "conversation"
    PLACE = "place"
    CATEGORY = "category"
    GUILD = "guild"


class ChoiceName(StrEnum):
    """The setting that a choice is about.

    A system prompt is a persona that people wrote, in place of a configured one. `FOLLOW` is `on` or `off`: whether the bot needs
    no mention in a thread.
    """

    MODEL = "model"
    PERSONA = "persona"
    SYSTEM_PROMPT = "system_prompt"
    FOLLOW = "follow"


ON: Final = "on"
OFF: Final = "off"
"""The values of `ChoiceName.FOLLOW`."""


@dataclass(frozen=True, slots=True)
class ChoiceKey:
    """The identity of a choice: `scope_id` is the id of the conversation in our store, else an id of Discord's."""

    scope: Scope
    scope_id: int
    name: ChoiceName


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice: its value, the id of the person who made it, and when."""

    key: ChoiceKey
    value: str
    by: int
    at: int


class Level(StrEnum):
    """How far a choice stands from a conversation, nearest first; the configuration is behind all of them."""

    CONVERSATION = "conversation"
    THREAD = "thread"
    CHANNEL = "channel"
    CATEGORY = "category"
    GUILD = "guild"
    DEFAULT = "default"


DISTANCE: Final = {level: distance for distance, level in enumerate(Level)}
"""The order of the levels."""


def scopes(place: Place, conversation_id: int | None, category_id: int | None) -> Iterator[tuple[Level, Scope, int]]:
    """Yield the scopes whose choices hold in a place, nearest first, with the id of each.

    `conversation_id` is None for no conversation, `category_id` is that of the place's channel, None for none.
    """
    if conversation_id is not None:
        yield Level.CONVERSATION, Scope.CONVERSATION, conversation_id
    if place.kind is PlaceKind.THREAD:
        yield Level.THREAD, Scope.PLACE, place.id
        if place.parent_id is not None:
            yield Level.CHANNEL, Scope.PLACE, place.parent_id
    else:
        yield Level.CHANNEL, Scope.PLACE, place.id
    if category_id is not None:
        yield Level.CATEGORY, Scope.CATEGORY, category_id
    if place.guild_id is not None:
        yield Level.GUILD, Scope.GUILD, place.guild_id
