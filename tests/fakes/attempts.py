"""Attempts in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat.appearance import NO_MESSAGES, DisplayOutcome
from bot.chat.breaks import SentTurn, break_of
from bot.chat.calls import CallRecord, CallState, Purpose
from bot.chat.content import Content, PromptMessage, Role, StoredContent, Text, plain
from bot.chat.places import Conversation
from bot.chat.ports.attempts import FinishedAttempt, NewAttempt, StartedAttempt
from bot.chat.ports.intake import Sourced
from bot.chat.ports.questions import Press
from bot.chat.turns import Answer, AnswerState, Change, Exchange, Question, check_transition
from bot.errors import ModelFiltered, StoreError
from tests.fakes.state import State, closed


def _stored(number: int, content: Content | Sourced) -> StoredContent:
    if isinstance(content, Sourced):
        return StoredContent(0, 0, number, content.content, content.author_id, content.message_id)
    return StoredContent(0, 0, number, content)


def stored_contents(contents: Sequence[Content | Sourced]) -> tuple[StoredContent, ...]:
    """The contents of a question beyond its text, as they are stored."""
    return tuple(_stored(number, one) for number, one in enumerate(contents, start=1))


@dataclass
class MemoryAttempts:
    """See `Attempts`."""

    state: State

    async def begin(self, beginning: NewAttempt) -> StartedAttempt | None:
        """See the port."""
        state, position = self.state, beginning.position
        if position not in state.questions:
            raise StoreError(f"there is no question at position {position}")
        attempts = state.answers.setdefault(position, [])
        question = state.questions[position]
        if len(attempts) != beginning.after or question.deleted or question.revision != beginning.revision:
            return None
        if attempts and attempts[-1].state is AnswerState.WRITING:
            raise StoreError("an attempt at this question is in writing")
        if beginning.contents:
            first, *more = beginning.contents
            assert isinstance(first, Text)
            state.questions[position] = replace(
                state.questions[position], prompt=first.text, tokens=beginning.tokens, remarks=beginning.remarks
            )
            state.contents[position] = stored_contents(more)
            rendered = {
                one.message_id: one.content.text for one in state.contents[position] if isinstance(one.content, Text)
            }
            joined = tuple(replace(one, text=rendered.get(one.message_id, one.text)) for one in question.joined)
            state.questions[position] = replace(state.questions[position], joined=joined)
            state.blobs |= {blob.hash: blob.data for blob in beginning.blobs}
        before = attempts[beginning.continues - 1] if beginning.continues else None
        attempts.append(
            Answer(
                position,
                len(attempts) + 1,
                AnswerState.WRITING,
                text=before.text if before else "",
                tokens=before.tokens if before else 0,
                profile=beginning.profile,
                continues=before and before.sibling,
                started_at=beginning.at,
            )
        )
        display = state.displays[position]
        wanted = display.wanted + (display.sibling is not None)
        state.displays[position] = replace(display, sibling=len(attempts), wanted=wanted)
        if beginning.reserve is not None:
            self._open(position, beginning.reserve, beginning.at)
        return self._begun(position)

    async def resume(self, position: int, *, reserve: int, at: int) -> StartedAttempt | None:
        """See the port."""
        newest = self.state.answers[position][-1]
        if self.state.questions[position].prompt is None or newest.state is not AnswerState.WRITING:
            return None
        self._open(position, reserve, at)
        return self._begun(position)

    async def read_again(self, position: int) -> StartedAttempt | None:
        """See the port."""
        newest = self.state.answers[position][-1]
        if self.state.questions[position].prompt is None or newest.state is not AnswerState.WRITING:
            return None
        return replace(self._begun(position), messages=NO_MESSAGES)

    async def remark(self, position: int, sibling: int, remarks: tuple[str, ...]) -> None:
        """See the port."""
        answer = self.state.attempt(position, sibling)
        if answer.state is AnswerState.WRITING:
            self.state.put(replace(answer, remarks=remarks))

    async def end(self, ending: FinishedAttempt) -> None:
        """See the port."""
        state, ended = self.state, ending.answer
        position = ended.position
        check_transition(AnswerState.WRITING, ended.state)
        answer = state.attempt(position, ended.sibling)
        check_transition(answer.state, ended.state)
        state.put(
            replace(
                answer,
                state=ended.state,
                text=ended.text,
                tokens=ended.tokens,
                reason=ended.reason,
                remarks=ended.remarks,
                finished_at=ended.finished_at,
            )
        )
        chosen = next((one.sibling for one in state.answers[position] if one.chosen), None)
        goes_on = chosen == answer.continues and ended.state is AnswerState.INTERRUPTED
        if ended.text and (chosen is None or goes_on or ended.state in {AnswerState.DONE, AnswerState.STOPPED}):
            chosen = ended.sibling
            state.choose(position, chosen)
            if ended.sibling > 1:
                question = state.questions[position]
                state.questions[position] = replace(question, change=Change.REGENERATE, changed_at=ended.finished_at)
        display = state.displays[position]
        if chosen is not None and display.sibling != chosen:
            state.displays[position] = replace(display, sibling=chosen, wanted=display.wanted + 1)
        for index, call in enumerate(state.calls):
            if (call.position, call.sibling, call.state) == (position, ended.sibling, CallState.OPEN):
                state.calls[index] = closed(call, ending.call, ended.finished_at or 0)

    async def pick(self, position: int, sibling: int, press: Press | None = None) -> bool:
        """See the port."""
        if press is not None:
            if press.id in self.state.presses:
                return False
            self.state.presses[press.id] = replace(press, person_id=0)
        answers = self.state.answers.get(position, [])
        wanted = next((one for one in answers if one.sibling == sibling), None)
        if wanted is None or not wanted.text or wanted.chosen or answers[-1].state is AnswerState.WRITING:
            return False
        self.state.choose(position, sibling)
        question = self.state.questions[position]
        at = question.changed_at if press is None else press.at
        self.state.questions[position] = replace(question, change=Change.PICK, changed_at=at)
        display = self.state.displays[position]
        self.state.displays[position] = replace(display, sibling=sibling, wanted=display.wanted + 1)
        return True

    async def begun_since(self, at: int) -> Sequence[tuple[int, int]]:
        """See the port."""
        begun = [one for answers in self.state.answers.values() for one in answers if one.started_at > at]
        places = {position: question.place.id for position, question in self.state.questions.items()}
        return [(places[one.position], one.started_at) for one in sorted(begun, key=lambda one: one.started_at)]

    def _open(self, position: int, reserve: int, at: int) -> None:
        question = self.state.questions[position]
        self.state.calls.append(
            CallRecord(
                id=len(self.state.calls) + 1,
                purpose=Purpose.ANSWER,
                position=position,
                sibling=len(self.state.answers[position]),
                step=1,
                state=CallState.OPEN,
                started_at=at,
                ended_at=None,
                reserved=reserve,
                person_id=question.author.id,
            )
        )

    def _begun(self, position: int) -> StartedAttempt:
        state = self.state
        question, newest = state.questions[position], state.answers[position][-1]
        conversation = state.conversations[question.conversation_id]
        anchor = conversation.window_from
        if anchor > position:
            anchor = self._back(conversation, position)
        call = next((one.id for one in reversed(state.calls) if (one.position, one.state) == (position, "open")), None)
        display = state.displays[position]
        exchanges = [*self._line(conversation, position - 1, None), self._exchange(question, None)]
        return StartedAttempt(
            sibling=newest.sibling,
            call_id=call,
            version=display.wanted,
            window_from=anchor,
            files_from=conversation.files_from,
            root_id=state.root_of(conversation.id),
            exchanges=tuple(one for one in exchanges if one.position >= anchor),
            so_far=newest.text,
            messages=display.messages,
            broken=break_of(
                [self._sent(one, position) for one in self._turns(conversation, position) if one.position >= anchor]
            ),
        )

    def _turns(self, conversation: Conversation, until: int) -> list[Question]:
        """The questions up to a position that were ever sent, those of the conversations before a branch included."""
        parent = conversation.parent
        before = (
            [] if parent is None else self._turns(self.state.conversations[parent.conversation_id], parent.position)
        )
        of_it = [one for one in self.state.questions.values() if one.conversation_id == conversation.id]
        sent = [one for one in of_it if one.position <= until and (one.prompt is not None or one.deleted)]
        return [*before, *sent]

    def _sent(self, question: Question, asked: int) -> SentTurn:
        answers = self.state.answers.get(question.position, [])
        if question.position == asked:
            answers = answers[:-1]
        elif question.change is None:
            answers = [one for one in answers if one.chosen]
        begun_at = max((one.started_at for one in answers), default=0)
        return SentTurn(question.position, begun_at, question.change, question.changed_at or 0)

    def _back(self, conversation: Conversation, position: int) -> int:
        """The position 50 exchanges before one, or that many before the point where its conversation branched."""
        first, parent = self.state.last_positions(conversation.id, position, 50)[0], conversation.parent
        if parent is None or first > self.state.last_positions(conversation.id, position, 10**9)[0]:
            return first
        return self._back(self.state.conversations[parent.conversation_id], parent.position)

    def _line(self, conversation: Conversation, until: int, sibling: int | None) -> list[Exchange]:
        """The exchanges up to a position; the last with the answer of `sibling`, or the chosen one."""
        before: list[Exchange] = []
        if (parent := conversation.parent) is not None:
            before = self._line(self.state.conversations[parent.conversation_id], parent.position, parent.sibling)
        for question in self.state.sendable(conversation.id):
            if question.position > until or question.prompt is None:
                continue
            last = sibling is not None and question.position == until
            gone = self.state.displays[question.position].outcome is DisplayOutcome.GONE
            answers = self.state.answers.get(question.position, [])
            fitting = (one for one in answers if (one.sibling == sibling and not gone if last else one.chosen))
            answer = next(fitting, None)
            if (answer and answer.text) or all(one.reason != ModelFiltered.reason for one in answers):
                before.append(self._exchange(question, answer))
        return before

    def _exchange(self, question: Question, answer: Answer | None) -> Exchange:
        more = (one.content for one in self.state.contents.get(question.position, ()))
        contents = (Text(question.prompt or ""), *more)
        said = (plain(Role.ASSISTANT, answer.text),) if answer and answer.text else ()
        tokens = question.tokens + (answer.tokens if answer else 0)
        return Exchange(question.position, PromptMessage(Role.USER, contents), said, tokens)
