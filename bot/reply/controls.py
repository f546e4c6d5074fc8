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
    RETRY = "retry"
    CONTINUE = "continue"


_LABELS: Final = {Verb.UNDO: "Undo", Verb.RETRY: "Retry", Verb.CONTINUE: "Continue"}
TEMPLATE: Final = re.compile(r"parley:1:(?P<verb>[a-z]+):(?P<subject>[0-9a-z]{1,13})(?::(?P<sibling>[0-9a-z]{1,4}))?")
"""`parley:1:<verb>:<id in base36>[:<sibling>]`; the question's id, or for undo the id of the conversation that a reset opened."""


@dataclass(frozen=True, slots=True)
class Control:
    """What a custom id says."""

    verb: str
    subject: int
    sibling: int = 0

    @classmethod
    def parse(cls, match: re.Match[str]) -> "Control":
        """The control out of a match of `TEMPLATE`."""
        return cls(match["verb"], int(match["subject"], 36), int(match["sibling"] or "0", 36))


def button(verb: Verb, subject: int, sibling: int = 0) -> "discord.ui.Button[discord.ui.View]":
    """The button for `verb` on `subject`, be it on one attempt at an answer or on the whole."""
    custom_id = f"parley:1:{verb}:{base36(subject)}" + (f":{base36(sibling)}" if sibling else "")
    return discord.ui.Button(label=_LABELS[verb], style=discord.ButtonStyle.secondary, custom_id=custom_id)


def view(one: "discord.ui.Button[discord.ui.View]") -> discord.ui.View:
    """A view with one button, to be sent with a message. A press finds its way by the custom id alone."""
    made = discord.ui.View(timeout=None)
    made.add_item(one)
    made.stop()  # discord.py then keeps nothing of it
    return made
