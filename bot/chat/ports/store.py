"""All ports of one database, in one value.

The four steps that store a mention are marked in the ports by letters: (a) `Questions.claim`, (b) `Attempts.begin`,
(c) `Displays.sent`, (d) `Attempts.end`.
"""

from dataclasses import dataclass

from bot.chat.ports.attempts import Attempts
from bot.chat.ports.blobs import Blobs
from bot.chat.ports.calls import Calls
from bot.chat.ports.changes import Changes
from bot.chat.ports.choices import Choices
from bot.chat.ports.conversations import Conversations
from bot.chat.ports.displays import Displays
from bot.chat.ports.facts import Facts
from bot.chat.ports.history import History
from bot.chat.ports.opt_outs import OptOuts
from bot.chat.ports.questions import Questions
from bot.chat.ports.seen import Seen


@dataclass(frozen=True, slots=True)
class Store:
    """The ports of one database, one for each kind of record."""

    questions: Questions
    attempts: Attempts
    conversations: Conversations
    displays: Displays
    calls: Calls
    history: History
    facts: Facts
    seen: Seen
    blobs: Blobs
    choices: Choices
    changes: Changes
    opt_outs: OptOuts
