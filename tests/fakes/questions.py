"""Questions in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat.appearance import DisplayState, MessageState
from bot.chat.ports.questions import Behind, Claim, Press, Said
from bot.chat.turns import AnswerState, Asked, Joined, Question, Record, TurnedDown
from tests.fakes.state import State

_MINUTE = 60_000


@dataclass
class MemoryQuestions:
    """See `Questions`."""

    state: State

    async def claim(self, asked: Asked, *, per_minute: int = 0, turned_down: TurnedDown | None = None) -> Claim | None:
        """See the port."""
        state = self.state
        if self._is_claimed(asked.key):
            return None
        conversation = state.open_in(asked.place.id) or state.opened(asked.place, asked.asked_at)
        if turned_down is None and 0 < per_minute <= self._asked_lately(asked.author.id, asked.asked_at):
            turned_down = TurnedDown.LIMIT
        position = len(state.questions) + 1
        question = Question(
            position=position,
            key=asked.key,
            conversation_id=conversation.id,
            place=asked.place,
            author=asked.author,
            text=asked.text,
            asked_at=asked.asked_at,
            turned_down=turned_down,
            origin=f'{{"message_id": "{asked.about}"}}' if asked.about else None,
            about=asked.about,
        )
        state.questions[position] = question
        state.displays[position] = DisplayState(wanted=int(turned_down is None))
        return Claim(question)

    def _is_claimed(self, key: int) -> bool:
        joined = any(key in ids for ids in self.state.joined.values())
        return joined or any(question.key == key for question in self.state.questions.values())

    async def join(self, asked: Asked, position: int, *, per_minute: int = 0) -> bool:
        """See the port."""
        state, question = self.state, self.state.questions[position]
        answers = state.answers.get(position, [])
        writing = bool(answers) and answers[-1].state is AnswerState.WRITING
        stands = not question.deleted and question.turned_down is None
        if self._is_claimed(asked.key) or not stands or not (question.prompt is None or writing):
            return False
        if state.conversations[question.conversation_id].closed_at is not None or question.author.id != asked.author.id:
            return False
        if 0 < per_minute <= self._asked_lately(asked.author.id, asked.asked_at):
            return False
        state.joined.setdefault(position, set()).add(asked.key)
        state.joins.append((asked.author.id, asked.asked_at))
        state.questions[position] = replace(
            question,
            prompt=None,
            joined=(*question.joined, Joined(asked.key, asked.text)),
            revision=question.revision + 1,
        )
        display = state.displays[position]
        state.displays[position] = replace(display, wanted=display.wanted + 1)
        return True

    async def press(self, press: Press, *, per_minute: int = 0) -> bool | None:
        """See the port."""
        if press.id in self.state.presses:
            return None
        if 0 < per_minute <= self._asked_lately(press.person_id, press.at):
            return False
        self.state.presses[press.id] = press
        return True

    def _questions_of(self, person_id: int, at: int) -> list[Question]:
        of_person = (question for question in self.state.questions.values() if question.author.id == person_id)
        return [question for question in of_person if question.asked_at > at - _MINUTE]

    def _asked_lately(self, person_id: int, at: int) -> int:
        presses = [press for press in self.state.presses.values() if press.person_id == person_id]
        questions = [question for question in self._questions_of(person_id, at) if question.turned_down is None]
        joins = sum(author == person_id and moment > at - _MINUTE for author, moment in self.state.joins)
        return len(questions) + joins + sum(press.at > at - _MINUTE for press in presses)

    async def admit(self, position: int, text: str) -> None:
        """See the port."""
        question = self.state.questions[position]
        if question.prompt is None and question.turned_down is None:
            self.state.questions[position] = replace(question, text=text)

    async def deny(self, position: int) -> None:
        """See the port."""
        if self.state.questions[position].prompt is None:
            self.state.questions[position] = replace(self.state.questions[position], text="")
            await self.close(position)

    async def close(self, position: int) -> None:
        """See the port."""
        question = self.state.questions[position]
        if question.prompt is None:
            self.state.questions[position] = replace(question, turned_down=TurnedDown.UNANSWERABLE)
            self.state.displays[position] = DisplayState(wanted=1, shown=1)

    async def record(self, key: int, *, deleted: bool = False) -> Record | None:
        """See the port."""
        for position, question in self.state.questions.items():
            of_it = question.key == key or key in self.state.joined.get(position, ())
            if of_it and question.turned_down is None and (deleted or not question.deleted):
                return self.state.record(position)
        return None

    async def answered_by(self, message_id: int) -> Record | None:
        """See the port."""
        for position, display in self.state.displays.items():
            if any(message.id == message_id for message in display.messages.all):
                return await self.record(self.state.questions[position].key)
        return None

    async def said(self, message_id: int, conversation_id: int) -> Said | None:
        """See the port."""
        state = self.state
        for position, display in state.displays.items():
            if any(one.id == message_id and one.state is not MessageState.GONE for one in display.messages.all):
                text = next((one.text for one in state.answers.get(position, ()) if one.chosen), "")
                return Said(None, text, state.sends(position, conversation_id, answer=True)) if text else None
        for position, question in state.questions.items():
            if question.key == message_id and question.turned_down is None and question.text:
                return Said(question.author, question.text, state.sends(position, conversation_id, answer=False))
        return None

    async def asked_among(self, message_ids: Sequence[int]) -> frozenset[int]:
        """See the port."""
        asked = (question.key for question in self.state.questions.values() if question.turned_down is None)
        return frozenset(asked) & frozenset(message_ids)

    async def superseded(self, position: int) -> Record | None:
        """See the port."""
        if position not in self.state.questions:
            return None
        answered = self.state.answered(self.state.questions[position].place.id)
        before = [one for one in answered if one < position]
        return self.state.record(before[-1]) if before else None

    async def behind(self) -> Sequence[Behind]:
        """See the port."""
        questions = self.state.questions
        return [
            Behind(questions[position].place.id, questions[position].key)
            for position, display in sorted(self.state.displays.items())
            if display.behind
        ]
