"""Stand-ins for the ports of the domain, held to the same contract suites as the real ones."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.chat.ports import (
    Begun,
    Claim,
    Delta,
    Finish,
    Fresh,
    Left,
    Outcome,
    Request,
)
from bot.chat.turns import (
    Answer,
    AnswerState,
    Asked,
    BranchPoint,
    Conversation,
    Exchange,
    Place,
    PlaceKind,
    Question,
    check_transition,
)
from bot.errors import ModelError, StoreError

_MINUTE = 60_000


@dataclass
class MemoryStore:
    """A `Store` in dictionaries."""

    questions: dict[int, Question] = field(default_factory=dict[int, Question])
    answers: dict[int, list[Answer]] = field(default_factory=dict[int, list[Answer]])
    all_conversations: dict[int, Conversation] = field(default_factory=dict[int, Conversation])
    resets: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    refusals: dict[int, str] = field(default_factory=dict[int, str])
    newest_seen: dict[int, int] = field(default_factory=dict[int, int])
    places: dict[int, Place] = field(default_factory=dict[int, Place])
    facts: dict[str, str] = field(default_factory=dict[str, str])

    async def claim(self, asked: Asked, *, per_minute: int = 0, refused: bool = False) -> Claim | None:
        """See the port."""
        if any(q.message_id == asked.message_id for q in self.questions.values()):
            return None
        conversation = self._open(asked.place.id) or self._opened(asked.place, asked.asked_at)
        recent = [
            q
            for q in self.questions.values()
            if q.author.id == asked.author.id and q.asked_at > asked.asked_at - _MINUTE
        ]
        limited = not refused and 0 < per_minute <= sum(not q.refused for q in recent)
        position = len(self.questions) + 1
        question = Question(
            position=position,
            conversation_id=conversation.id,
            message_id=asked.message_id,
            place_id=asked.place.id,
            author=asked.author,
            text=asked.text,
            asked_at=asked.asked_at,
            refused=refused or limited,
        )
        self.questions[position] = question
        kind = "limit" if limited else "unanswerable"
        first = question.refused and not any(self.refusals.get(q.position) == kind for q in recent)
        if question.refused:
            self.refusals[position] = kind
        return Claim(question, first)

    async def refuse(self, position: int) -> None:
        """See the port."""
        if self.questions[position].prompt is None:
            self.questions[position] = replace(self.questions[position], refused=True)

    async def begin(self, position: int, prompt: str, tokens: int, *, model: str, at: int) -> Begun:
        """See the port."""
        if position not in self.questions:
            raise StoreError(f"there is no question at position {position}")
        self.questions[position] = replace(self.questions[position], prompt=prompt, tokens=tokens)
        attempts = self.answers.setdefault(position, [])
        parts = attempts[-1].parts if attempts else ()
        attempts[:] = [replace(answer, chosen=False, parts=()) for answer in attempts]
        attempts.append(
            Answer(position, len(attempts) + 1, AnswerState.WRITING, model=model, started_at=at, parts=parts)
        )
        return await self.resume(position)

    async def begin_again(
        self, position: int, *, after: int, model: str, at: int, going_on: bool = False
    ) -> Begun | None:
        """See the port."""
        if len(self.answers[position]) > after:
            return None
        question = self.questions[position]
        begun = await self.begin(position, question.prompt or "", question.tokens, model=model, at=at)
        if not going_on:
            return begun
        before = self._attempt(position, after)
        self._put(replace(self._attempt(position, begun.sibling), text=before.text, tokens=before.tokens))
        return replace(begun, so_far=before.text)

    async def resume(self, position: int) -> Begun:
        """See the port."""
        conversation = self.all_conversations[self.questions[position].conversation_id]
        anchor = min(conversation.window_from, position)
        exchanges = self._line(conversation, position, 0)
        sibling = len(self.answers[position])
        so_far = self.answers[position][-1].text
        return Begun(sibling, anchor, tuple(e for e in exchanges if e.position >= anchor), so_far)

    async def newest(self, message_id: int) -> Left | None:
        """See the port."""
        for question in self.questions.values():
            if question.message_id == message_id and not question.refused:
                attempts = self.answers.get(question.position, [])
                return Left(question, attempts[-1] if attempts else None)
        return None

    async def settle(self, conversation_id: int, *, anchor: int, newest: Exchange) -> None:
        """See the port."""
        conversation = self.all_conversations[conversation_id]
        moved = max(conversation.window_from, anchor)
        self.all_conversations[conversation_id] = replace(conversation, window_from=moved)
        self.questions[newest.position] = replace(
            self.questions[newest.position], prompt=newest.prompt, tokens=newest.prompt_tokens
        )

    async def add_part(self, position: int, sibling: int, index: int, message_id: int) -> None:
        """See the port."""
        answer = self._attempt(position, sibling)
        if index == len(answer.parts):
            self._put(replace(answer, parts=(*answer.parts, message_id)))

    async def drop_part(self, message_id: int) -> None:
        """See the port."""
        for answer in [one for attempts in self.answers.values() for one in attempts if message_id in one.parts]:
            self._put(replace(answer, parts=tuple(part for part in answer.parts if part != message_id)))

    async def finish(self, position: int, sibling: int, outcome: Outcome, *, at: int) -> None:
        """See the port."""
        answer = self._attempt(position, sibling)
        check_transition(answer.state, outcome.state)
        self._put(
            replace(
                answer,
                state=outcome.state,
                text=outcome.text,
                tokens=outcome.tokens,
                usage=outcome.usage,
                reason=outcome.reason,
                finished_at=at,
            )
        )

    async def mark_shown(self, position: int, sibling: int, *, at: int) -> None:
        """See the port."""
        self._put(replace(self._attempt(position, sibling), shown_at=at))

    async def reset(self, place: Place, *, by: int, at: int) -> Fresh | None:
        """See the port."""
        conversation = self._open(place.id)
        if conversation is None and place.kind is PlaceKind.THREAD:
            conversation = self._opened(place, at)
        if conversation is None or not (conversation.parent or self._turns(conversation.id)):
            return None
        closed = self.all_conversations[conversation.id] = replace(conversation, closed_at=at)
        opened = self._add(Conversation(len(self.all_conversations) + 1, place.id, at))
        self.resets[opened.id] = (by, closed.id)
        return Fresh(opened, closed)

    async def opened_by(self, conversation_id: int) -> int | None:
        """See the port."""
        return self.resets[conversation_id][0] if conversation_id in self.resets else None

    async def undo(self, conversation_id: int, *, at: int) -> bool:
        """See the port."""
        conversation = self.all_conversations.get(conversation_id)
        if conversation is None or conversation.closed_at is not None or conversation_id not in self.resets:
            return False
        self._add(replace(conversation, closed_at=at))
        self._add(replace(self.all_conversations[self.resets[conversation_id][1]], closed_at=None))
        return True

    async def conversations(self, place_id: int) -> Sequence[Conversation]:
        """See the port."""
        return [c for c in self.all_conversations.values() if c.place_id == place_id]

    async def turns(self, conversation_id: int) -> AsyncIterator[tuple[Question, Sequence[Answer]]]:
        """See the port."""
        for question in [q for q in self.questions.values() if q.conversation_id == conversation_id]:
            yield question, list(self.answers.get(question.position, []))

    async def left_open(self) -> Sequence[Left]:
        """See the port."""
        left: list[Left] = []
        for position, question in self.questions.items():
            if not question.refused and question.prompt is None:
                left.append(Left(question))
            left += [Left(question, a) for a in self.answers.get(position, [])[-1:] if a.shown_at is None]
        return left

    async def begun_since(self, at: int) -> Sequence[tuple[int, int]]:
        """See the port."""
        begun = [a for answers in self.answers.values() for a in answers if a.started_at > at]
        places = {position: question.place_id for position, question in self.questions.items()}
        return [(places[a.position], a.started_at) for a in sorted(begun, key=lambda a: a.started_at)]

    async def seen(self) -> Mapping[int, int]:
        """See the port."""
        return dict(self.newest_seen)

    async def see(self, newest: Mapping[int, int]) -> None:
        """See the port."""
        for place_id, message_id in newest.items():
            self.newest_seen[place_id] = max(message_id, self.newest_seen.get(place_id, 0))

    async def talked_in(self, since: int) -> Mapping[int, int]:
        """See the port."""
        kinds = (PlaceKind.DM, PlaceKind.THREAD)
        claimed = {question.place_id: question.message_id for question in self.questions.values()}
        both = {
            place_id: (self.newest_seen.get(place_id, 0), claimed.get(place_id, 0))
            for place_id, place in self.places.items()
            if place.kind in kinds
        }
        return {place_id: seen or last for place_id, (seen, last) in both.items() if max(seen, last) > since}

    async def recall(self, key: str) -> str | None:
        """See the port."""
        return self.facts.get(key)

    async def remember(self, key: str, value: str) -> None:
        """See the port."""
        self.facts[key] = value

    def _open(self, place_id: int) -> Conversation | None:
        return next(
            (c for c in self.all_conversations.values() if c.place_id == place_id and c.closed_at is None), None
        )

    def _opened(self, place: Place, at: int) -> Conversation:
        self.places[place.id] = place
        branch = None
        known = any(c.place_id == place.id for c in self.all_conversations.values())
        if place.kind is PlaceKind.THREAD and not known:
            branch = self._branch(place.id)
        window_from = self._window_of(branch) if branch else 0
        number = len(self.all_conversations) + 1
        return self._add(Conversation(number, place.id, at, window_from=window_from, parent=branch))

    def _window_of(self, branch: BranchPoint) -> int:
        """The parent's window, or fifty exchanges where the branch begins before that."""
        anchor = self.all_conversations[branch.conversation_id].window_from
        if anchor <= branch.position:
            return anchor
        before = [q.position for q in self.questions.values() if q.conversation_id == branch.conversation_id]
        return [position for position in before if position <= branch.position][-50:][0]

    def _branch(self, message_id: int) -> BranchPoint | None:
        for position, question in self.questions.items():
            attempts = self.answers.get(position, [])
            of_part = next((a for a in attempts if message_id in a.parts), None)
            chosen = of_part or next((a for a in attempts if a.chosen), None)
            if of_part or (question.message_id == message_id and not question.refused):
                return BranchPoint(question.conversation_id, position, chosen.sibling if chosen else 1)
        return None

    def _add(self, conversation: Conversation) -> Conversation:
        self.all_conversations[conversation.id] = conversation
        return conversation

    def _turns(self, conversation_id: int) -> list[Question]:
        return [q for q in self.questions.values() if q.conversation_id == conversation_id and not q.refused]

    def _line(self, conversation: Conversation, position: int, sibling: int) -> list[Exchange]:
        before: list[Exchange] = []
        if conversation.parent is not None:
            parent = conversation.parent
            before = self._line(self.all_conversations[parent.conversation_id], parent.position, parent.sibling)
        for question in self._turns(conversation.id):
            if question.position > position or question.prompt is None:
                continue
            attempts = self.answers.get(question.position, [])
            wanted = [a for a in attempts if (a.sibling == sibling if question.position == position else a.chosen)]
            answer = (wanted[0].text, wanted[0].tokens) if wanted else ("", 0)
            before.append(Exchange(question.position, question.prompt, question.tokens, *answer))
        return before

    def _attempt(self, position: int, sibling: int) -> Answer:
        attempts = self.answers.get(position, [])
        if not 0 < sibling <= len(attempts):
            raise StoreError(f"there is no attempt {sibling} at position {position}")
        return attempts[sibling - 1]

    def _put(self, answer: Answer) -> None:
        self.answers[answer.position][answer.sibling - 1] = answer


@dataclass
class ScriptedModel:
    """A `Model` that says what it was told to: for each request a list of pieces, where an error is raised in its turn."""

    script: list[list[str | ModelError | Finish]] = field(default_factory=list[list[str | ModelError | Finish]])
    requests: list[Request] = field(default_factory=list[Request])
    name: str = "scripted"

    async def stream(self, request: Request) -> AsyncGenerator[Delta | Finish, None]:
        """See the port."""
        self.requests.append(request)
        pieces = self.script.pop(0) if self.script else [f"answer {len(self.requests)}"]
        for piece in pieces:
            if isinstance(piece, ModelError):
                raise piece
            yield piece if isinstance(piece, Finish) else Delta(piece)
        if not any(isinstance(piece, Finish) for piece in pieces):
            yield Finish("stop", None)
