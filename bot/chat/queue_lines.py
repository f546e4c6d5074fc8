"""A question that waits in the queue of its place gets a line that says how many are before it. Its answer takes the line over.

The line is the first message of the answer: it has the nonce of that message, so that whichever is sent first is the message of
both, also after a crash.
"""

import asyncio
import logging

from bot.chat.lanes import Lanes
from bot.chat.showing import WAIT_SECONDS, Showing
from bot.chat.texts import BEFORE_YOURS
from bot.chat.turns import Question
from bot.errors import ParleyError

log = logging.getLogger(__name__)


class QueueLines:
    """Shows the lines of questions that wait, each after `seconds`."""

    def __init__(self, lanes: Lanes, showing: Showing, seconds: float = WAIT_SECONDS) -> None:
        self._lanes = lanes
        self._showing = showing
        self._seconds = seconds
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._sending: dict[int, asyncio.Task[None]] = {}

    @property
    def sending(self) -> int:
        """The number of lines that may have been sent, of questions that wait."""
        return len(self._sending)

    def watch(self, question: Question) -> None:
        """Give a question that is queued its line, if it still waits after some seconds. Returns at once."""
        loop = asyncio.get_running_loop()
        self._timers[question.key] = loop.call_later(self._seconds, self._send, question)

    async def sent(self, key: int) -> None:
        """Wait until the line of a question that was deleted is sent, if it is being sent, so that it can be cleared."""
        if (sending := self._sending.get(key)) is not None:
            await asyncio.wait({sending}, timeout=WAIT_SECONDS)

    def take(self, key: int) -> bool:
        """End the wait of a question, whose turn has come, and return whether its line may have been sent."""
        if (timer := self._timers.pop(key, None)) is not None:
            timer.cancel()
        sending = self._sending.pop(key, None)
        if sending is not None:
            sending.cancel()
        return sending is not None

    def _send(self, question: Question) -> None:
        waiting = [key for key, _ in self._lanes.questions(question.place.id)]
        count = waiting.index(question.key) if question.key in waiting else 0
        if count:  # else it waits for a limit alone
            self._sending[question.key] = asyncio.create_task(self._say(question, BEFORE_YOURS.format(count=count)))

    async def _say(self, question: Question, text: str) -> None:
        try:
            await self._showing.wait_line(question, text)
        except ParleyError as error:
            log.info("question %s: nothing could be said about its wait: %s", question.key, error)
