"""The bot as people see it: whether it is there, and what it answered.

An answer belongs to a question by the wire alone: the bot's reply that refers to the question, and the bot's further
messages in the same channel that refer to nothing, up to the next one that does. It is complete when what they show
equals the whole reply of the model to the newest request that asked this question (white space and fence lines left
out). Where several people asked the same words, the reply of any of those requests will do.
"""

from dataclasses import dataclass
from itertools import takewhile

from bot.sandbox.discord.world.messages import Message
from bot.sandbox.driver.surroundings import PATIENCE, Surroundings
from bot.sandbox.driver.texts import asks, bare
from bot.sandbox.model.requests import ModelRequest, Outcome


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer that the bot showed; `request` is its request to the model, if that is known."""

    question: Message
    messages: list[Message]
    request: ModelRequest | None = None

    @property
    def text(self) -> str:
        """The text of all messages, one under the other."""
        return "\n".join(message.content for message in self.messages)


class Bot:
    """The bot under test."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        self.user = surroundings.discord.world.bot

    @property
    def id(self) -> int:
        """The id of the bot's user."""
        return self.user.id

    @property
    def mention(self) -> str:
        """The text that mentions the bot."""
        return self.user.mention

    async def connected(self, timeout: float = PATIENCE) -> None:
        """Wait until a gateway session has identified and was sent READY and its guilds."""
        await self._around.until(lambda: self._around.discord.gateway.connected, timeout)

    async def disconnected(self, timeout: float = PATIENCE) -> None:
        """Wait until no gateway session is connected."""
        await self._around.until(lambda: not self._around.discord.gateway.connected, timeout)

    async def answers(self, question: Message, *, containing: str | None = None, timeout: float = PATIENCE) -> Shown:
        """Wait until the answer to a question is complete on Discord; with `containing`, until it shows that text.

        Raises TookTooLongError, with the story so far.
        """
        return await self._around.until(lambda: self._complete(question, containing), timeout)

    def shown(self, question: Message) -> list[Message]:
        """Return the messages that show the answer to a question so far."""
        world = self._around.discord.world
        history = reversed(world.history.get(question.channel.id, {}).values())
        later = list(takewhile(lambda one: one.id > question.id, history))
        mine = [one for one in reversed(later) if one.author is self.user and not one.ephemeral]
        replies = [one for one in mine if one.reference is not None]
        first = next((one for one in replies if _refers(one, question)), None)
        if first is None:
            return [] if replies else mine
        rest = mine[mine.index(first) + 1 :]
        end = next((n for n, one in enumerate(rest) if one.reference and not _refers(one, question)), len(rest))
        return [first, *rest[:end]]

    def requests(self, question: Message) -> list[ModelRequest]:
        """Return the model requests that asked this question, newest last."""
        later = takewhile(lambda one: one.at >= question.at, reversed(self._around.model.requests))
        return [one for one in later if asks(one.question, question.content)][::-1]

    def _complete(self, question: Message, containing: str | None) -> Shown | None:
        messages = self.shown(question)
        shown = Shown(question, messages)
        if not messages:
            return None
        requests = self.requests(question)
        if containing is not None:
            return Shown(question, messages, requests[-1] if requests else None) if containing in shown.text else None
        text = bare(shown.text)
        for request in reversed(requests):
            if request.outcome is Outcome.ANSWERED and bare(request.reply) == text:
                newest = request is requests[-1] or self._asked_twice(question)
                return Shown(question, messages, request) if newest else None
        return None

    def _asked_twice(self, question: Message) -> bool:
        histories = self._around.discord.world.history.values()
        people = [one for history in histories for one in history.values() if not one.author.bot]
        return sum(asks(one.content, question.content) for one in people) > 1


def _refers(message: Message, question: Message) -> bool:
    return message.reference is not None and message.reference.message_id == question.id
