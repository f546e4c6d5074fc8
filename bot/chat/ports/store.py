"""The nouns of the history together."""

from dataclasses import dataclass

from bot.chat.ports.attempts import Attempts
from bot.chat.ports.calls import Calls
from bot.chat.ports.conversations import Conversations
from bot.chat.ports.displays import Displays
from bot.chat.ports.facts import Facts
from bot.chat.ports.history import History
from bot.chat.ports.questions import Questions
from bot.chat.ports.seen import Seen


@dataclass(frozen=True, slots=True)
class Store:
    """Everything that one database keeps, as one port a noun."""

    questions: Questions
    attempts: Attempts
    conversations: Conversations
    displays: Displays
    calls: Calls
    history: History
    facts: Facts
    seen: Seen
