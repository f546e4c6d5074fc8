"""The buttons under answers and notices: their labels, and their custom ids, which must stay valid across releases."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.chat.appearance import Control, Verb
from bot.reply.nonce import base36
from bot.reply.texts import LABELS

_ID_LIMIT: Final = 2**63
TEMPLATE: Final = re.compile(r"parley:1:(?P<verb>[a-z]+):(?P<subject>[0-9a-z]{1,13})(?::(?P<sibling>[0-9a-z]{1,4}))?")
"""`parley:1:<verb>:<subject in base36>[:<sibling>]`. See `CustomId` for the parts."""


@dataclass(frozen=True, slots=True)
class CustomId:
    """The parts of a custom id.

    `verb` may be any word, because a button of another release may be pressed. `subject` is a question's key or, for undo, the id
    of the conversation that a reset opened. `sibling` is the number of an attempt, or 0.
    """

    verb: str
    subject: int
    sibling: int = 0

    @classmethod
    def parse(cls, match: re.Match[str]) -> "CustomId":
        """Return the custom id in a match of `TEMPLATE`. A subject that is too large for an id makes `verb` empty."""
        subject = int(match["subject"], 36)
        verb = match["verb"] if subject < _ID_LIMIT else ""
        return cls(verb, subject, int(match["sibling"] or "0", 36))

    def __str__(self) -> str:
        """Return the custom id as it is sent to Discord."""
        return f"parley:1:{self.verb}:{base36(self.subject)}" + (f":{base36(self.sibling)}" if self.sibling else "")


def button(
    verb: Verb, subject: int, sibling: int = 0, label: str = "", *, enabled: bool = True
) -> "discord.ui.Button[discord.ui.View]":
    """Make a button for `verb` on `subject`; `sibling` names one attempt at the answer, 0 means none in particular."""
    return discord.ui.Button(
        label=label or LABELS[verb],
        style=discord.ButtonStyle.secondary,
        custom_id=str(CustomId(verb, subject, sibling)),
        disabled=not enabled,
    )


def view_of(controls: Sequence[Control], key: int) -> discord.ui.View | None:
    """Make a view with the buttons under an answer to the question `key`; None without buttons."""
    buttons = [button(one.verb, key, one.sibling, one.label, enabled=one.enabled) for one in controls]
    return view(buttons) if buttons else None


def shows(message: discord.Message, controls: Sequence[Control], key: int) -> bool:
    """Return whether a message has these buttons and no others."""
    shown = [child.custom_id for row in message.components for child in getattr(row, "children", ())]
    return shown == [str(CustomId(one.verb, key, one.sibling)) for one in controls]


def view(buttons: "Sequence[discord.ui.Button[discord.ui.View]]") -> discord.ui.View:
    """Make a view with these buttons, to be sent with a message. Presses are routed by the custom id alone."""
    result = discord.ui.View(timeout=None)
    for item in buttons:
        result.add_item(item)
    result.stop()  # so that discord.py does not keep it in memory
    return result
