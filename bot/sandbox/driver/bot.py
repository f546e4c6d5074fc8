"""The bot as people see it: whether it is there, and what it answered.

An answer belongs to a question by the wire alone: the bot's reply that refers to the question, and the bot's further
messages in the same channel that refer to nothing, up to the next one that does. It is complete when what they show
equals the texts of the calls that answered the question, in order (white space and fence lines left out). The last of
these calls is the newest model request that asked the question; a call before it belongs to the same answer if the next
one carries its text behind the question, as a round of tools does. A request that carries nothing there began anew.
Where several people asked the same words, the calls of any of them will do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from bot.sandbox.discord.world.messages import Message
from bot.sandbox.driver.surroundings import PATIENCE, Surroundings
from bot.sandbox.driver.texts import asks, bare, without_small_print
from bot.sandbox.model.requests import ModelRequest, Outcome
from bot.sandbox.model.tokens import message_text


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer that the bot showed; `calls` are the model requests that answered, in order, as far as they are known."""

    question: Message
    messages: list[Message]
    calls: Sequence[ModelRequest] = ()

    @property
    def request(self) -> ModelRequest | None:
        """The last of the calls, if any is known."""
        return self.calls[-1] if self.calls else None

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

    async def began(self, sessions: int, timeout: float = PATIENCE) -> None:
        """Wait until the bot has begun this many gateway sessions in all, and the newest one is connected."""
        gateway = self._around.discord.gateway
        await self._around.until(lambda: gateway.begun >= sessions and gateway.connected, timeout)

    async def resumed(self, times: int, timeout: float = PATIENCE) -> None:
        """Wait until the bot has resumed a gateway session this many times in all."""
        gateway = self._around.discord.gateway
        await self._around.until(lambda: gateway.resumed >= times and gateway.connected, timeout)

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
        return [one for one in self._requests_since(question) if asks(one.question, question.content)][::-1]

    def _requests_since(self, question: Message) -> Iterator[ModelRequest]:
        """The model requests since a question was asked, newest first."""
        return takewhile(lambda one: one.at >= question.at, reversed(self._around.model.requests))

    def _complete(self, question: Message, containing: str | None) -> Shown | None:
        messages = self.shown(question)
        shown = Shown(question, messages)
        if not messages:
            return None
        if containing is not None:
            return Shown(question, messages, self.requests(question)[-1:]) if containing in shown.text else None
        if not any(one.outcome is Outcome.ANSWERED for one in self._requests_since(question)):
            return None
        requests = self.requests(question)
        texts = bare(shown.text), bare(without_small_print(shown.text))
        for number, request in reversed(list(enumerate(requests))):
            if request.outcome is not Outcome.ANSWERED:
                continue
            calls = _answering(request, requests[:number])
            if "".join(bare(one.reply) for one in calls) in texts:
                newest = request is requests[-1] or self._asked_twice(question)
                return Shown(question, messages, calls) if newest else None
        return None

    def _asked_twice(self, question: Message) -> bool:
        histories = self._around.discord.world.history.values()
        people = (one for history in histories for one in reversed(history.values()) if not one.author.bot)
        asked = (one for one in people if asks(one.content, question.content))
        return len(list(islice(asked, 2))) > 1


def _refers(message: Message, question: Message) -> bool:
    return message.reference is not None and message.reference.message_id == question.id


def _answering(last: ModelRequest, earlier: Sequence[ModelRequest]) -> list[ModelRequest]:
    """Return the calls of one answer, oldest first: the last one, and those of the earlier ones that it goes on from."""
    calls = [last]
    for request in reversed(earlier):
        if _goes_on_from(request, calls[0]):
            calls.insert(0, request)
    return calls


def _goes_on_from(request: ModelRequest, later: ModelRequest) -> bool:
    """Tell whether a later request carries, behind the question, what this one carried there, and then its reply."""
    before, after = request.so_far, later.so_far
    return (
        len(after) > len(before)
        and after[: len(before)] == before
        and bare(message_text(after[len(before)])) == bare(request.reply)
    )
