"""Prepares attempts: resolves the profile, renders the question with its files, and counts what it costs the model."""

import asyncio
from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from bot.chat.branching import Branching
from bot.chat.caller import Caller
from bot.chat.choosing import Choosing, Resolved
from bot.chat.content import Content, Media, Text
from bot.chat.image_tokens import Sight
from bot.chat.lanes import Job, StopReason
from bot.chat.media import Prepared, content_of, prepared
from bot.chat.ports.attempts import NewAttempt
from bot.chat.ports.clock import Clock
from bot.chat.ports.intake import Intake, Rendered, Sourced
from bot.chat.profiles import Profile
from bot.chat.texts import DELETED, NOT_FETCHED, WITHHELD
from bot.chat.tokens import Count
from bot.chat.turns import Question
from bot.chat.unstored import Unstored

_P = TypeVar("_P", NewAttempt, Prepared)
LONG_TEXT: Final = 16_384
"""Length from which a text's tokens are counted in a thread: counting would block the loop for over a millisecond or two."""


@dataclass(frozen=True, slots=True)
class PreparedAttempt:
    """An attempt that may begin, its question with its remarks, and its profile. `stopped`: its job was stopped meanwhile."""

    beginning: NewAttempt
    question: Question
    profile: Profile
    stopped: StopReason | None = None


class Preparing:
    """Prepares the first and later attempts at questions."""

    def __init__(
        self,
        *,
        intake: Intake,
        choosing: Choosing,
        branching: Branching,
        caller: Caller,
        clock: Clock,
        count: Count,
        opted_out: Container[int | None],
    ) -> None:
        self.unstored = Unstored()
        self._intake = intake
        self._opted_out = opted_out
        self._branching = branching
        self._choosing = choosing
        self._caller = caller
        self._clock = clock
        self._count = count

    async def profile(self, question: Question) -> Profile:
        """Return the profile for the answers in the question's place."""
        return (await self._resolved(question)).profile

    async def first(self, question: Question, job: Job, *, asks: bool, shown: bool) -> PreparedAttempt:
        """Prepare the first attempt at a question, with a call if it `asks` a model and the job is not stopped.

        Files are fetched, and a thread's beginning is looked up, for an attempt with a call only. A stop ends both. `shown`:
        Discord may show a line about its wait.
        """
        rendered, stopped = None, job.stopped
        if asks and stopped is None:
            rendered = await self._with_files(question, job)
            stopped = None if rendered is not None else job.stopped or StopReason.PERSON
        if rendered is None:
            rendered = await self._intake.render(question, files=False)
        told: tuple[Sourced, ...] | None = ()
        if asks and stopped is None:
            told = await self._told(question, job)
            stopped = None if told is not None else job.stopped or StopReason.PERSON
        rendered = replace(rendered, contents=(*rendered.contents, *(told or ())))
        resolved = await self._resolved(question)
        profile = resolved.profile
        beginning = NewAttempt(
            position=question.position,
            at=self._clock(),
            profile=profile.name,
            reserve=profile.reserve if asks and stopped is None else None,
            shown=shown,
            revision=question.revision,
        )
        remarks = self._choosing.remarks(question.place, resolved)
        beginning = _with_contents(beginning, await self._prepared(rendered, profile), remarks)
        return PreparedAttempt(beginning, replace(question, remarks=beginning.remarks), profile, stopped)

    async def changed(self, question: Question, after: int, job: Job, *, asks: bool) -> PreparedAttempt:
        """Prepare another attempt at a question that is rendered anew. The arguments are those of `first` and `another`.

        Raises MessageDeleted.
        """
        prepared = await self.first(question, job, asks=asks, shown=False)
        return replace(prepared, beginning=replace(prepared.beginning, after=after))

    async def reworded(self, question: Question) -> Prepared:
        """Render a finished question anew, with its files. Raises MessageDeleted."""
        rendered = await self._intake.render(question)
        rendered = replace(rendered, contents=(*rendered.contents, *await self._branching.told_again(question)))
        return await self._prepared(rendered, await self.profile(question))

    def without_withdrawn(self, rendered: _P, asker_id: int) -> _P:
        """Return what is about to be stored without other people's words and files that were withdrawn since they were rendered.

        That is what was deleted, and what is by people who opted out. The store holds none of it yet, so that the withdrawal has
        erased nothing. Call it at the very moment of storing: what is withdrawn later finds them there.
        """
        kept: list[Content | Sourced] = []
        for one in rendered.contents:
            if not isinstance(one, Sourced) or not (instead := self._instead_of(one, asker_id)):
                kept.append(one)
            elif isinstance(one.content, Text):
                kept.append(replace(one, content=Text(instead), author_id=None))
        hashes = {one.hash for one in map(content_of, kept) if isinstance(one, Media)}
        blobs = tuple(blob for blob in rendered.blobs if blob.hash in hashes)
        return replace(rendered, contents=tuple(kept), blobs=blobs)

    def _instead_of(self, words: Sourced, asker_id: int) -> str:
        """Return the text that stands for words that were withdrawn; an empty one for others."""
        if self._intake.was_deleted(words.message_id or 0):
            return DELETED
        return WITHHELD if words.author_id != asker_id and words.author_id in self._opted_out else ""

    async def another(
        self, question: Question, after: int, job: Job, *, continues: int, profile: Profile | None
    ) -> PreparedAttempt:
        """Prepare another attempt after attempt `after`, by a `profile` instead of the place's if one is given.

        Files of the question that were not fetched for an attempt without a call are fetched now.
        """
        profile = profile or await self.profile(question)
        beginning = NewAttempt(
            position=question.position,
            at=self._clock(),
            profile=profile.name,
            reserve=profile.reserve,
            after=after,
            continues=continues,
            revision=question.revision,
        )
        told = await self._told(question, job, again=False)
        if NOT_FETCHED in question.remarks or told:
            rendered = await self._with_files(question, job)
            if rendered is not None and (told or rendered.contents[1:] or rendered.remarks):  # else the message is gone
                told = told or await self._branching.told_again(question)
                rendered = replace(rendered, contents=(*rendered.contents, *told))
                others = tuple(remark for remark in question.remarks if remark != NOT_FETCHED)
                beginning = _with_contents(beginning, await self._prepared(rendered, profile), others)
                question = replace(question, remarks=beginning.remarks)
        return PreparedAttempt(beginning, question, profile, job.stopped)

    async def _resolved(self, question: Question) -> Resolved:
        await self._choosing.look_up(question.place)
        return self._choosing.resolve(question.place, question.conversation_id)

    async def _told(self, question: Question, job: Job, *, again: bool = True) -> tuple[Sourced, ...] | None:
        """Settle where a thread goes on from, and return what its first question is told of that. Return None at a stop.

        With `again`, a question that changed is told what it was told before.
        """
        if job.stopped:
            return None
        with job.stoppable():
            told = await self._branching.settle(question.place, question.key, question.author.id)
            if again and question.revision and not told:
                told = await self._branching.told_again(question)
            return told
        return None

    async def _with_files(self, question: Question, job: Job) -> Rendered | None:
        """Render a question. Return None when the job is stopped meanwhile, which ends the fetch of its files."""
        with job.stoppable():
            return await self._intake.render(question)
        return None

    async def _prepared(self, rendered: Rendered, profile: Profile) -> Prepared:
        if rendered.unread:
            rendered = replace(rendered, remarks=(*rendered.remarks, NOT_FETCHED))
        contents = [content_of(one) for one in rendered.contents]
        texts = [one.text for one in contents if isinstance(one, Text)]
        if len(texts) == len(contents) and sum(map(len, texts)) < LONG_TEXT:
            return prepared(rendered, profile, Sight(""), self._count)
        sight = await self._caller.sight(profile)
        return await asyncio.to_thread(prepared, rendered, profile, sight, self._count)  # a file may be long


def _with_contents(beginning: NewAttempt, question: Prepared, remarks: tuple[str, ...]) -> NewAttempt:
    """Return an attempt that begins with these contents of its question; `remarks` are those about other things than files."""
    return replace(
        beginning,
        contents=question.contents,
        tokens=question.tokens,
        blobs=question.blobs,
        remarks=(*question.remarks, *remarks),
    )
