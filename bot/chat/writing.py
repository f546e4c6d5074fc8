"""Writes attempts: asks the model, shows the growing text, and has the end stored and shown.

An attempt asks the model in rounds. A round is one call and the tools that the model asked for in it. There are no tools yet, so
every attempt has one round. Every failure of a model becomes an end of the attempt. At a shutdown, an answer in writing is ended,
and has a few seconds to be stored and shown.
"""

import asyncio
import logging
from typing import Final

from bot.chat.attempt_ends import Attempt, AttemptEnds
from bot.chat.call_round import CallRound
from bot.chat.caller import Caller
from bot.chat.calls import Call, Purpose
from bot.chat.endings import SHUTDOWN, AnswerEnd, stopped
from bot.chat.growing_text import GrowingText
from bot.chat.lanes import Job
from bot.chat.ports.attempts import StartedAttempt
from bot.chat.profiles import Profile
from bot.chat.showing import Showing
from bot.chat.turns import Question
from bot.chat.window import Context
from bot.errors import ModelError

log = logging.getLogger(__name__)

_LAST_EDIT_SECONDS: Final = 5.0


class Writing:
    """Takes attempts from their stored beginning to their end."""

    def __init__(
        self, caller: Caller, showing: Showing, ends: AttemptEnds, *, last_edit_seconds: float = _LAST_EDIT_SECONDS
    ) -> None:
        self._caller = caller
        self._showing = showing
        self._ends = ends
        self._last_edit_seconds = last_edit_seconds
        self._texts: dict[int, GrowingText] = {}

    def has_heard(self, key: int) -> bool:
        """Return whether an attempt in writing at a question has any text of the model's, or is about to end."""
        growing = self._texts.get(key)
        return growing is not None and (growing.has_new_text or growing.finish is not None)

    async def write(
        self,
        question: Question,
        profile: Profile,
        started: StartedAttempt,
        job: Job,
        *,
        until: int,
        end: AnswerEnd | None = None,
    ) -> None:
        """Take an attempt from its stored beginning to its end. With `end`, it gets that end without asking the model.

        After the time `until`, in milliseconds, a provider that is down is not waited for.
        """
        async with self._showing.live(question, started.sibling, started.messages) as live:
            growing = GrowingText(live, started.so_far)
            attempt = Attempt(question, started, _call_round(question, profile, started, until), growing, live)
            self._texts[question.key] = growing
            try:
                await self._to_its_end(attempt, job, end)
            finally:
                del self._texts[question.key]

    async def _to_its_end(self, attempt: Attempt, job: Job, end: AnswerEnd | None) -> None:
        """Ask the model unless there is an `end`, and end the attempt, also at a shutdown."""
        key = attempt.question.key
        try:
            end = end or await self._ask_model(attempt, job)
        except asyncio.CancelledError:
            shut_down = attempt.growing.broken(SHUTDOWN)
            await self._finish_in_time(asyncio.create_task(self._ends.end(attempt, shut_down)), key)
            raise
        ending = asyncio.create_task(self._ends.end(attempt, end))
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await self._finish_in_time(ending, key)
            raise

    async def _ask_model(self, attempt: Attempt, job: Job) -> AnswerEnd:
        """Ask the model and return the end of the attempt. Every failure becomes an end that can be shown."""
        key, growing = attempt.question.key, attempt.growing
        if job.stopped:
            return stopped(job.stopped)
        try:
            with job.stoppable():
                await self._caller.ask(attempt.round, growing.hear)
        except ModelError as error:
            log.warning("question %s: %s: %s", key, type(error).__name__, error)
            return growing.failed(error)
        except Exception:
            log.exception("question %s failed for an unforeseen reason", key)
            return growing.broken(ModelError.reason, ModelError.public)
        if job.stopped:
            return stopped(job.stopped)
        if not growing.has_new_text:
            reason = growing.finish and growing.finish.reason
            log.warning("question %s: the model's answer holds no text (finish reason %r)", key, reason)
        return growing.ended()

    async def _finish_in_time(self, ending: asyncio.Task[None], key: int) -> None:
        """Give the task `ending` at most `last_edit_seconds` to finish, then cancel it: the bot is shutting down."""
        try:
            await asyncio.wait({ending}, timeout=self._last_edit_seconds)
        finally:
            if ending.cancel():
                log.warning("question %s: stopped before its last edit; the next start makes it", key)
            await asyncio.wait({ending})


def _call_round(question: Question, profile: Profile, started: StartedAttempt, until: int) -> CallRound:
    """Return the attempt's only round of calls, before its first request."""
    call = Call(
        purpose=Purpose.ANSWER,
        conversation_id=question.conversation_id,
        position=question.position,
        sibling=started.sibling,
        step=1,
        place_id=question.place.id,
        guild_id=question.place.guild_id,
        person_id=question.author.id,
    )
    context = Context(
        profile,
        started.window_from,
        started.exchanges,
        started.so_far,
        files_from=started.files_from,
        broken=started.broken,
    )
    return CallRound(
        key=question.key, call=call, context=context, root_id=started.root_id, until=until, call_id=started.call_id
    )
