"""The buttons under answers and notices: their custom ids, which outlive a release, and their looks."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import discord

from bot.reply.nonce import base36


class Verb(StrEnum):
    """What a button does."""

    UNDO = "undo"


_LABELS: Final = {Verb.UNDO: "Undo"}
TEMPLATE: Final = re.compile(r"parley:1:(?P<verb>[a-z]+):(?P<subject>[0-9a-z]{1,13})(?::(?P<sibling>[0-9a-z]{1,4}))?")
"""`parley:1:<verb>:<id in base36>[:<sibling>]`; the question's id, or for undo the id of the conversation that a reset opened."""


@dataclass(frozen=True, slots=True)
class Control:
    """What a custom id says."""

    verb: str
    subject: int

    @classmethod
    def parse(cls, match: re.Match[str]) -> "Control":
        """The control out of a match of `TEMPLATE`."""
        return cls(match["verb"], int(match["subject"], 36))


def button(verb: Verb, subject: int) -> "discord.ui.Button[discord.ui.View]":
    """The button for `verb` on `subject`."""
    custom_id = f"parley:1:{verb}:{base36(subject)}"
    return discord.ui.Button(label=_LABELS[verb], style=discord.ButtonStyle.secondary, custom_id=custom_id)
