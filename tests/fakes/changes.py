"""Stores later changes by people in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat.appearance import DisplayOutcome, DisplayState, Messages, MessageState
from bot.chat.calls import CallEnd, CallState
from bot.chat.content import Media, StoredContent, Text
from bot.chat.lanes import StopReason
from bot.chat.ports.changes import AnswerPart, AskedMessage, Found, HeldWords, Recent, Rewording
from bot.chat.turns import AnswerState, Change, Joined, Question
from tests.fakes.attempts import stored_contents
from tests.fakes.state import State, closed


@dataclass
class MemoryChanges:
    """See `Changes`."""

    state: State

    async def find(self, message_ids: Sequence[int]) -> Found:
        """See the port."""
        standing = [one for one in self.state.questions.values() if not one.deleted]
        asked = [
            self._asked(question, message_id)
            for message_id in message_ids
            for question in standing
            if (
                message_id == question.key
                and (not question.about or question.about not in self.state.joined.get(question.position, ()))
            )
            or message_id in self.state.joined.get(question.position, ())
        ]
        parts = [
            AnswerPart(message_id, question.position, question.key, question.place.id, self._is_writing(question))
            for message_id in message_ids
            for question in self.state.questions.values()
            if message_id in self.state.displays[question.position].messages.live
        ]
        words = [
            self._words(position, message_id, one)
            for message_id in message_ids
            for position, contents in self.state.contents.items()
            for one in contents
            if one.message_id == message_id and message_id not in self.state.joined.get(position, ())
        ]
        return Found(tuple(asked), tuple(parts), tuple(words))

    async def recent(self, place_id: int) -> Sequence[Recent]:
        """See the port."""
        here = [one for one in self.state.questions.values() if one.place.id == place_id and not one.deleted][-50:]
        first = [Recent(one.key, False, one.edited_at) for one in here if one.key and not one.about]
        first += [
            Recent(one.about, False, one.edited_at)
            for one in here
            if one.about in self.state.joined.get(one.position, ())
        ]
        joined = [Recent(one.message_id, False) for question in here for one in question.joined]
        ours = [Recent(one, True) for question in here for one in self.state.displays[question.position].messages.live]
        return [*first, *joined, *ours]

    async def erase(self, position: int, message_ids: Sequence[int], *, at: int) -> bool:
        """See the port."""
        state, question = self.state, self.state.questions[position]
        if question.deleted or any(one.message_id not in message_ids for one in question.joined):
            return False
        for answer in state.answers.get(position, []):
            ended = {"state": AnswerState.STOPPED, "reason": StopReason.DELETION, "finished_at": at}
            was = {} if answer.state.finished else ended
            state.put(replace(answer, text="", tokens=0, chosen=False, remarks=(), **was))
        self._close_calls(position, StopReason.DELETION, at)
        if state.displays[position].shown < state.displays[position].wanted:
            self._lead(position, MessageState.LIVE, MessageState.RETIRED)
        state.contents.pop(position, None)
        state.sweep()
        state.questions[position] = replace(
            question, text="", prompt=None, tokens=0, remarks=(), joined=(), deleted=True, turned_down=None,
            revision=question.revision + 1, change=Change.DELETE, changed_at=at,
        )  # fmt: skip
        state.displays[position] = replace(state.displays[position], sibling=None, outcome=DisplayOutcome.GONE)
        return True

    async def unjoin(self, position: int, message_id: int, *, tokens: int, at: int) -> bool:
        """See the port."""
        state, question = self.state, self.state.questions[position]
        waits, standing = self._in_progress(question), question.text != ""
        first = question.about or question.key
        if message_id != first and message_id not in [one.message_id for one in question.joined]:
            return False
        left = tuple(one for one in question.joined if one.message_id != message_id)
        less = tokens
        if not waits:
            less += self._drop(position, self._brought(question, message_id))
        if len(left) == len(question.joined):  # the first one
            self._drop(position, self._of(position, None))
            promoted = standing
            state.questions[position] = replace(
                question,
                text=left[0].text if promoted else "",
                prompt=None if waits else left[0].text if promoted else "",
                about=left[0].message_id if promoted else question.about,
                origin=f'{{"message_id":"{left[0].message_id}"}}' if promoted else question.origin,
                joined=left[1:] if promoted else left,
            )
            if promoted:
                own = self._of(position, left[0].message_id)
                self._drop(position, own if waits else [one for one in own if isinstance(one.content, Text)][:1])
        else:
            self._drop(position, self._of(position, message_id))
            state.questions[position] = replace(question, joined=left)
        if waits:
            self._waits(position, Change.DELETE, at)
        else:
            question = state.questions[position]
            state.questions[position] = replace(
                question,
                tokens=max(0, question.tokens - less),
                revision=question.revision + 1,
                change=Change.DELETE,
                changed_at=at,
            )
        return waits

    def _stands(self, question: Question, message_id: int) -> bool:
        """Whether a message is still one of its question."""
        promoted = question.about in self.state.joined.get(question.position, ())
        first = question.about if promoted else question.key
        return message_id in {first, *(one.message_id for one in question.joined)}

    def _of(self, position: int, message_id: int | None) -> list[StoredContent]:
        """The contents with the id of a message."""
        return [one for one in self.state.contents.get(position, ()) if one.message_id == message_id]

    def _brought(self, question: Question, message_id: int) -> list[StoredContent]:
        """The contents of a message of a question, with what it quotes: up to the next message's text."""
        joined = {one.message_id for one in question.joined}
        target = message_id if message_id in joined else None
        found: list[StoredContent] = []
        owner: int | None = None
        for one in self.state.contents.get(question.position, ()):
            if isinstance(one.content, Text) and one.message_id in joined:
                owner = one.message_id
            if owner == target or one.message_id == message_id:
                found.append(one)
        return found

    def _drop(self, position: int, dropped: list[StoredContent]) -> int:
        """Drop contents; returns the tokens of the files among them."""
        contents = self.state.contents.get(position, ())
        self.state.contents[position] = tuple(one for one in contents if one not in dropped)
        self.state.sweep()
        return sum(one.content.tokens for one in dropped if isinstance(one.content, Media))

    async def remove(self, message_ids: Sequence[int], *, at: int) -> None:
        """See the port."""
        state = self.state
        for position, display in list(state.displays.items()):
            if not set(message_ids) & set(display.messages.live):
                continue
            self._lead(position, MessageState.LIVE, MessageState.GONE, message_ids)
            question = state.questions[position]
            shown = self._shown(position)
            if question.prompt is None:
                self._erase_answers(position, shown)
                continue
            newest = state.answers[position][-1]
            if newest.state is AnswerState.WRITING:
                ended = replace(newest, state=AnswerState.STOPPED, reason=StopReason.PERSON, text="", tokens=0)
                state.put(replace(ended, finished_at=at))
                self._close_calls(position, StopReason.PERSON, at)
                self._lead(position, MessageState.LIVE, MessageState.RETIRED)
            self._erase_answers(position, shown)
            state.questions[position] = replace(question, change=Change.REMOVED, changed_at=at)
            state.displays[position] = replace(
                state.displays[position], shown=display.wanted, outcome=DisplayOutcome.GONE
            )

    def _shown(self, position: int) -> set[int]:
        """The siblings whose text Discord showed: displayed, chosen, and all that hold the text of one of these."""
        answers, display = self.state.answers.get(position, []), self.state.displays[position].sibling
        shown = {one.sibling for one in answers if one.chosen or one.sibling == display}
        for _ in answers:
            for one in answers:
                if one.continues is not None and shown & {one.sibling, one.continues}:
                    shown |= {one.sibling, one.continues}
        return shown

    def _erase_answers(self, position: int, siblings: set[int]) -> None:
        for one in self.state.answers.get(position, []):
            if one.sibling in siblings and one.state.finished:
                self.state.put(replace(one, text="", tokens=0, chosen=False, remarks=()))
        kept = [one for one in self.state.contents.get(position, ()) if one.sibling not in siblings]
        self.state.contents[position] = tuple(kept)

    def _words(self, position: int, message_id: int, held: StoredContent) -> HeldWords:
        question, content = self.state.questions[position], held.content
        media = isinstance(content, Media)
        return HeldWords(
            message_id, position, held.number, getattr(content, "text", ""), media, content.name if media else "",
            content.file_id if media else 0, question.place.id, question.place.guild_id, question.author.id,
        )  # fmt: skip

    async def quoted_of(self, people: Sequence[int], *, most: int) -> Sequence[HeldWords]:
        """See the port."""
        found = [
            self._words(position, one.message_id, one)
            for person in people
            for position, contents in self.state.contents.items()
            for one in contents
            if one.author_id == person and one.message_id and person != self.state.questions[position].author.id
        ]
        return [replace(one, text="") if one.media else one for one in found[:most]]

    async def forget(self, words: HeldWords, placeholder: str, *, tokens: int, at: int) -> None:
        """See the port."""
        self._replace(words, placeholder, Change.DELETE, tokens, at)

    async def requote(self, words: HeldWords, text: str, *, tokens: int, at: int) -> bool:
        """See the port."""
        return self._replace(words, text, Change.EDIT, -tokens, at)

    def _replace(self, words: HeldWords, text: str, change: Change, tokens: int, at: int) -> bool:
        state, kept, less = self.state, list[StoredContent](), 0
        for one in state.contents.get(words.position, ()):
            if (one.number, one.message_id) != (words.number, words.message_id):
                kept.append(one)
            elif words.media and isinstance(one.content, Media):
                less = one.content.tokens
            elif one.content == Text(words.text):
                kept.append(
                    replace(one, content=Text(text), author_id=None if change is Change.DELETE else one.author_id)
                )
                less = tokens
            else:
                return False
        state.contents[words.position] = tuple(kept)
        state.sweep()
        question = state.questions[words.position]
        state.questions[words.position] = replace(
            question, tokens=max(0, question.tokens - less), change=change, changed_at=at
        )
        return True

    async def reopen(self, asked: AskedMessage, text: str, *, edited_at: int, at: int) -> bool:
        """See the port."""
        question = self.state.questions[asked.position]
        if not self._in_progress(question) or not self._stands(question, asked.message_id):
            return False
        joined = tuple(
            Joined(one.message_id, text) if one.message_id == asked.message_id else one for one in question.joined
        )
        self.state.questions[asked.position] = replace(
            question, text=question.text if asked.joined else text, joined=joined, edited_at=edited_at
        )
        self._waits(asked.position, Change.EDIT, at)
        return True

    async def reword(self, rewording: Rewording) -> bool:
        """See the port."""
        state, position = self.state, rewording.position
        question = state.questions[position]
        if self._in_progress(question) or question.deleted or question.revision != rewording.revision:
            return False
        first, *others = rewording.contents
        assert isinstance(first, Text)
        state.contents[position] = stored_contents(others)
        state.blobs |= {blob.hash: blob.data for blob in rewording.blobs}
        state.questions[position] = replace(
            question, text=rewording.text or question.text, prompt=first.text, tokens=rewording.tokens, remarks=rewording.remarks,
            revision=question.revision + 1, edited_at=rewording.edited_at, change=Change.EDIT, changed_at=rewording.at,
        )  # fmt: skip
        display = state.displays[position]
        state.displays[position] = replace(display, wanted=display.wanted + rewording.offers)
        return True

    def _asked(self, question: Question, message_id: int) -> AskedMessage:
        joined = next((one for one in question.joined if one.message_id == message_id), None)
        return AskedMessage(
            message_id=message_id,
            position=question.position,
            key=question.key,
            place_id=question.place.id,
            text=question.text if joined is None else joined.text,
            edited_at=question.edited_at,
            joined=joined is not None,
            in_progress=self._in_progress(question),
            turned_down=question.turned_down is not None,
            alone=not [one for one in question.joined if one is not joined] and (joined is None or not question.text),
            rendered="" if question.prompt is None else self._rendered(question, joined, message_id),
        )

    def _rendered(self, question: Question, joined: Joined | None, message_id: int) -> str:
        quoted = [one.content for one in self._brought(question, message_id) if one.message_id != message_id]
        own = question.prompt or "" if joined is None else joined.text
        return own + "".join(one.text for one in quoted if isinstance(one, Text))

    def _is_writing(self, question: Question) -> bool:
        answers = self.state.answers.get(question.position, [])
        return question.prompt is not None and bool(answers) and answers[-1].state is AnswerState.WRITING

    def _in_progress(self, question: Question) -> bool:
        waits = question.prompt is None and question.turned_down is None and not question.deleted
        return waits or self._is_writing(question)

    def _waits(self, position: int, change: Change, at: int) -> None:
        state, question = self.state, self.state.questions[position]
        state.questions[position] = replace(
            question, prompt=None, revision=question.revision + 1, change=change, changed_at=at
        )
        display = state.displays[position]
        state.displays[position] = replace(display, wanted=display.wanted + 1)

    def _close_calls(self, position: int, reason: str, at: int) -> None:
        for index, call in enumerate(self.state.calls):
            if (call.position, call.state) == (position, CallState.OPEN):
                self.state.calls[index] = closed(call, CallEnd(reason, usage=None), at)

    def _lead(
        self, position: int, before: MessageState, after: MessageState, only: Sequence[int] | None = None
    ) -> None:
        display: DisplayState = self.state.displays[position]
        led = tuple(
            replace(one, state=after) if one.state is before and (only is None or one.id in only) else one
            for one in display.messages.all
        )
        self.state.displays[position] = replace(display, messages=Messages(led))
