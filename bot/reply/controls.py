"""The buttons under answers and notices: their custom ids, which outlive a release, and their looks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.chat.appearance import Verb
from bot.reply.nonce import base36
from bot.reply.sentences import LABELS

_ID_LIMIT: Final = 2**63
TEMPLATE: Final = re.compile(r"parley:1:(?P<verb>[a-z]+):(?P<subject>[0-9a-z]{1,13})(?::(?P<sibling>[0-9a-z]{1,4}))?")
"""`parley:1:<verb>:<id in base36>[:<sibling>]`; the id is a question's key, or for undo the conversation that a reset opened."""


@dataclass(frozen=True, slots=True)
class CustomId:
    """The parts of a custom id. `verb` is any word, because buttons of other releases may be pressed."""

    verb: str
    subject: int
    sibling: int = 0

    @classmethod
    def parse(cls, match: re.Match[str]) -> "CustomId":
        """The custom id out of a match of `TEMPLATE`; one of a subject that no id can be has no verb."""
        subject = int(match["subject"], 36)
        verb = match["verb"] if subject < _ID_LIMIT else ""
        return cls(verb, subject, int(match["sibling"] or "0", 36))

    def __str__(self) -> str:
        """Write it as Discord gets it."""
        return f"parley:1:{self.verb}:{base36(self.subject)}" + (f":{base36(self.sibling)}" if self.sibling else "")


def button(verb: Verb, subject: int, sibling: int = 0) -> "discord.ui.Button[discord.ui.View]":
    """The button for `verb` on `subject`, be it on one attempt at an answer or on the whole."""
    custom_id = str(CustomId(verb, subject, sibling))
    return discord.ui.Button(label=LABELS[verb], style=discord.ButtonStyle.secondary, custom_id=custom_id)


def view(buttons: "Sequence[discord.ui.Button[discord.ui.View]]") -> discord.ui.View:
    """A view with these buttons, to be sent with a message. A press finds its way by the custom id alone."""
    made = discord.ui.View(timeout=None)
    for one in buttons:
        made.add_item(one)
    made.stop()  # discord.py then keeps nothing of it
    return made
