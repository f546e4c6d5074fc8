"""Settles where a thread goes on from, when its first question is answered or it is reset before.

The store knows by itself the threads that were opened on a question or an answer. For any other thread, Discord is asked for the
message that it was opened on; the thread goes on from the last turn before it. After a crash, and after a question that was
stopped before, the same is found out again, because nothing is settled before a model was asked in the thread.
"""

import logging

from bot.chat.places import Place, PlaceKind
from bot.chat.ports.beginnings import Beginnings
from bot.chat.ports.clock import Clock
from bot.chat.ports.conversations import Conversations
from bot.chat.ports.intake import Sourced
from bot.chat.recently import Recently
from bot.chat.turns import Question

log = logging.getLogger(__name__)


class Branching:
    """Settles where threads go on from. `_settled` are the threads in which that was seen to be done."""

    def __init__(self, *, conversations: Conversations, beginnings: Beginnings, clock: Clock) -> None:
        self._conversations = conversations
        self._beginnings = beginnings
        self._clock = clock
        self._settled = Recently()

    async def settle(self, place: Place, key: int = 0, asker_id: int = 0) -> tuple[Sourced, ...]:
        """Settle where a place goes on from, and return what its first question is told of that. Raises StoreError.

        `key` is that question, `asker_id` who asked it. Only a thread in which no model was asked is looked at.
        """
        if place.kind is not PlaceKind.THREAD or place.id in self._settled:
            return ()
        if not await self._conversations.is_new(place.id):
            self._settled.add(place.id)
            return ()
        beginning = await self._beginnings.of(place, key, asker_id)
        if beginning.starter_id and place.parent_id is not None:
            branched = await self._conversations.branch(
                place,
                self._clock(),
                source_id=place.parent_id,
                message_id=beginning.starter_id,
                written_at=beginning.written_at,
            )
            log.info("thread %s goes on from %s", place.id, "its channel" if branched else "nothing")
        return beginning.contents

    async def told_again(self, question: Question) -> tuple[Sourced, ...]:
        """Return what a question rendered anew is told of its thread's beginning, if it is the first. Raises StoreError."""
        place = question.place
        if place.kind is not PlaceKind.THREAD or not await self._conversations.begins_with(place.id, question.position):
            return ()
        return (await self._beginnings.of(place, question.key, question.author.id)).contents
