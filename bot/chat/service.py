"""What people do with a conversation: ask, have an answer tried again or go on, reset, undo.

A question is in the store before anything else happens to it; its answer waits in the lane of its place.
"""

import logging
from collections import Counter
from functools import partial
from typing import Final

from bot.chat.attempts import Attempts, ChatRules, Render
from bot.chat.lanes import Lanes
from bot.chat.ports import Claim, Clock, Fresh, Left, Store
from bot.chat.turns import Answer, AnswerState, Asked, Place, Question
from bot.chat.writing import CUT
from bot.errors import ModelError, StoreError

log = logging.getLogger(__name__)

TOO_LONG_A_QUEUE: Final = "Too many questions are waiting for me here already. Please ask again later."
TOO_MANY: Final = "You are asking faster than I may answer. Please wait a minute and ask again."


_TO_RETRY: Final = frozenset({AnswerState.INTERRUPTED, AnswerState.FAILED, AnswerState.STOPPED})


class ChatService:
    """Conversations, from the first mention to the last answer."""

    def __init__(self, *, store: Store, attempts: Attempts, clock: Clock, lanes: Lanes, rules: ChatRules) -> None:
        self._store = store
        self._attempts = attempts
        self._clock = clock
        self._lanes = lanes
        self._rules = rules
        self._arriving: Counter[int] = Counter()

    async def mention(self, asked: Asked, render: Render) -> None:
        """Claim a mention and queue its answer; a mention that was claimed before is left alone."""
        place_id = asked.place.id
        if self._lanes.waiting(place_id) + self._arriving[place_id] >= self._rules.place_queue:
            await self.turn_down(asked, TOO_LONG_A_QUEUE)
            return
        self._arriving[place_id] += 1
        try:
            claim = await self._claim(asked, refused=False)
        finally:
            self._arriving[place_id] -= 1
            if not self._arriving[place_id]:
                del self._arriving[place_id]
        if claim is not None and not claim.question.refused:
            attempts = self._attempts
            take_on = attempts.give_up if attempts.is_old(claim.question) else attempts.answer
            self._lanes.submit(asked.place.id, partial(take_on, claim.question, render))
        elif claim is not None and claim.first_refusal:
            await self._attempts.notice(claim.question, TOO_MANY)

    async def turn_down(self, asked: Asked, reason: str) -> None:
        """Claim a mention that cannot be answered, and say why, at most once a minute to each person."""
        claim = await self._claim(asked, refused=True)
        if claim is not None and claim.first_refusal:
            await self._attempts.notice(claim.question, reason)

    async def _claim(self, asked: Asked, *, refused: bool) -> Claim | None:
        """Store step (a); a store that fails is said to the asker and ends there."""
        try:
            claim = await self._store.claim(asked, per_minute=self._rules.user_per_minute, refused=refused)
        except StoreError as error:
            log.error("question %s could not be stored: %s", asked.message_id, error)  # noqa: TRY400 -- the message says it all
            await self._attempts.notice(asked, ModelError.public)
            return None
        if claim is None:
            log.debug("question %s was claimed before", asked.message_id)
        return claim

    async def reset(self, place: Place, by: int) -> Fresh | None:
        """Start a new conversation in `place`; None when the open one is still empty."""
        return await self._store.reset(place, by=by, at=self._clock())

    async def opened_by(self, conversation_id: int) -> int | None:
        """Who may take the reset back that opened this conversation; None when there was none."""
        return await self._store.opened_by(conversation_id)

    async def undo(self, conversation_id: int) -> bool:
        """Take the reset back that opened this conversation; False when it is no longer the open one."""
        return await self._store.undo(conversation_id, at=self._clock())

    async def asked(self, message_id: int) -> Left | None:
        """The question that a Discord message is, with its newest attempt; None when it is none that can be answered."""
        return await self._store.newest(message_id)

    def retry(self, left: Left, sibling: int, shown_by: int) -> bool:
        """Queue another attempt after this one; False when another followed it, or it is not over, or ended well.

        `shown_by` is the message that offered it, which the attempt takes over where the one before has no other.
        """
        if left.answer is None or left.answer.sibling != sibling or left.answer.state not in _TO_RETRY:
            return False
        self._follow(left.question, left.answer, shown_by)
        return True

    def go_on(self, left: Left, sibling: int, shown_by: int) -> bool:
        """Queue an attempt that goes on from this one; False when another followed it, or its length did not end it."""
        answer = left.answer
        if answer is None or answer.sibling != sibling or answer.reason != CUT or answer.state is not AnswerState.DONE:
            return False
        self._follow(left.question, answer, shown_by, going_on=True)
        return True

    def _follow(self, question: Question, answer: Answer, shown_by: int, *, going_on: bool = False) -> None:
        parts = answer.parts or (shown_by,)
        again = partial(self._attempts.again, question, answer.sibling, parts, going_on=going_on)
        self._lanes.submit(question.place_id, again)
